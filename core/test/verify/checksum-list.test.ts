import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  CHECKSUM_LIST_LIMIT,
  formatChecksumLine,
  parseChecksumList,
  readChecksumList,
} from '../../src/verify/checksum-list.ts';
import { HASH_ALGORITHMS, type HashAlgorithm } from '../../src/verify/digests.ts';
import { temporaryFolder } from '../engine/support.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
/** What a child process imports: it has to be built. */
const BUILT = new URL('../../dist/verify/checksum-list.js', import.meta.url).href;
const HEX = 'ab'.repeat(32);

describe('lists of vendors', () => {
  it.each([
    ['Fedora-Cloud-37-1.7-x86_64-CHECKSUM', 5, 'Fedora-Cloud-Base-37-1.7.x86_64.qcow2', 'b5b9bec91eee6548', 492830720],
    ['Rocky-8.10-x86_64.ISO.checksum', 10, 'Rocky-8.10-x86_64-dvd1.iso', '642ada8a49dbeca8', 14213840896],
    ['Rocky-9.0-x86_64.ISO.checksum', 10, 'Rocky-9.0-x86_64-dvd.iso', '55dbf904b35969be', 8459190272],
    ['Rocky-10.1-x86_64.ISO.checksum', 6, 'Rocky-10.1-x86_64-dvd1.iso', '55f96d45a052c0ed', 9278128128],
    ['Rocky-10.1-x86_64-combined.checksum', 30, 'Rocky-10-WSL-Base.latest.x86_64.wsl', '5f3a688abfedbf6f', 155110943],
    ['centos-stream-8-CHECKSUM', 4, 'CentOS-Stream-8-x86_64-latest-dvd1.iso', '5ea6d875f8ba256f', 13135511552],
    ['Fedora-Workstation-25-1.3-x86_64-CHECKSUM', 2, 'Fedora-Workstation-Live-x86_64-25-1.3.iso', '818017f42a2741cf'],
    ['ubuntu-20.04.3-SHA256SUMS', 2, 'ubuntu-20.04.3-desktop-amd64.iso', '5fdebc435ded46ae'],
  ])('%s', async (name, count, file, beginning, size?: number) => {
    const { files, sizes, ignored } = await readChecksumList(fixture(name));
    expect(files.size).toBe(count);
    expect(files.get(file)?.sha256?.slice(0, 16)).toBe(beginning);
    expect(sizes.get(file)).toBe(size);
    expect(sizes.size).toBe(size === undefined ? 0 : count);
    expect(ignored).toEqual([]);
  });

  it('of SHA-512', async () => {
    const { files } = await readChecksumList(fixture('debian-11.2.0-SHA512SUMS'));
    expect(files.size).toBe(19);
    for (const digests of files.values()) expect(digests).toEqual({ sha512: expect.stringMatching(/^[0-9a-f]{128}$/) });
  });

  it('of several algorithms, some unknown to us, each below its heading', async () => {
    const { files } = await readChecksumList(fixture('gparted-live-1.6.0-10-CHECKSUMS.TXT'));
    expect(files.size).toBe(6);
    expect(files.get('gparted-live-1.6.0-10-amd64.iso')).toEqual({
      md5: '93e369a86a992e19fe55b9bd23d1981d',
      sha1: '5096694ef1c4165fc6d64aa48661b1c618be04e9',
      sha256: 'f2cb819cffa1b7d0f72852785566aee3d76146950a5c70b78a34b45e29e66be9',
      sha512: expect.stringMatching(/^8e1dec46[0-9a-f]{120}$/),
    });
  });
});

describe('a list', () => {
  const LENGTHS: Readonly<Record<HashAlgorithm, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };
  const name = fc
    .array(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.map((part) => part.replaceAll('/', '-').replaceAll('\0', '-')).join('/'))
    .filter((path) => path.split('/').every((part) => part !== '.' && part !== '..'));
  const entry = fc.constantFrom(...HASH_ALGORITHMS).chain((algorithm) =>
    fc.record({
      algorithm: fc.constant(algorithm),
      name,
      digest: fc
        .uint8Array({ minLength: LENGTHS[algorithm] / 2, maxLength: LENGTHS[algorithm] / 2 })
        .map((bytes) => Buffer.from(bytes).toString('hex')),
      form: fc.constantFrom('text', 'binary', 'tag', 'upper'),
    }),
  );
  type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never;

  /** As coreutils writes it. */
  function format({ algorithm, name: file, digest, form }: Entry): string {
    const escaped = file.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
    const mark = escaped === file ? '' : '\\';
    if (form === 'tag') return `${mark}${algorithm.toUpperCase()} (${escaped}) = ${digest}`;
    if (form === 'upper') return `${mark}${digest.toUpperCase()}  ${escaped}\r`;
    if (form === 'binary') return `${mark}${digest} *${escaped}`;
    return formatChecksumLine(file, digest);
  }

  it('says what was written, in every form', () => {
    const entries = fc.uniqueArray(entry, { selector: (each) => each.name, minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(entries, fc.boolean(), (drawn, signed) => {
        // White space at the end of a line is not signed (RFC 9580, section 7.2), so a name cannot end with it.
        const written = signed ? drawn.filter((each) => !/[ \t]$/.test(each.name) || each.form === 'tag') : drawn;
        fc.pre(written.length > 0);
        const lines = written.map(format);
        const body = signed ? lines.map((line) => (line.startsWith('-') ? `- ${line}` : line)) : lines;
        const text = signed
          ? ['-----BEGIN PGP SIGNED MESSAGE-----', 'Hash: SHA256', '', ...body, ...SIGNATURE].join('\n')
          : body.join('\n');
        const { files, ignored } = parseChecksumList(text, 'CHECKSUM');
        expect([...files]).toEqual(written.map((each) => [each.name, { [each.algorithm]: each.digest }]));
        expect(ignored).toEqual([]);
      }),
    );
  });

  it('never fails but in its own ways', () => {
    const noise = fc.array(fc.oneof(fc.string({ unit: 'binary' }), entry.map(format), fc.constantFrom(...SIGNATURE)));
    fc.assert(
      fc.property(noise, (lines) => {
        try {
          for (const file of parseChecksumList(lines.join('\n'), 'list').files.keys()) {
            expect(join('/folder', file)).toMatch(/^\/folder\/[^]/);
          }
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^VERIFY_LIST_(UNREADABLE|CONTRADICTS)$/);
        }
      }),
    );
  });

  it.each([[[]], [['--tag']], [['--binary']]])('is what sha256sum %j writes', async (options) => {
    const folder = await temporaryFolder();
    const names = ['plain.iso', 'with space', 'back\\slash', 'line\nbreak', 'caf\u00e9', ') = (', '*star'];
    for (const file of names) await writeFile(join(folder, file), file);
    const { stdout } = await promisify(execFile)('sha256sum', [...options, '--', ...names], { cwd: folder });
    const { files } = parseChecksumList(stdout, 'SHA256SUMS');
    const expected = names.map((file) => [file, { sha256: createHash('sha256').update(file).digest('hex') }]);
    expect([...files]).toEqual(expected);
  });

  it('may give a file several digests, which all count', () => {
    const text = `SHA256 (a) = ${HEX}\nMD5 (a) = ${'c'.repeat(32)}\n${HEX}  ./a\n`;
    expect([...parseChecksumList(text, 'CHECKSUM').files]).toEqual([['a', { md5: 'c'.repeat(32), sha256: HEX }]]);
  });

  it.each([
    ['checksums', `${HEX}  a\n${'cd'.repeat(32)}  a\n`],
    ['sizes', `# a: 12 bytes\n${HEX}  a\n# a: 13 bytes\n`],
  ])('must not contradict itself in %s', (_, text) => {
    expect(() => parseChecksumList(text, 'list')).toThrow(expect.objectContaining({ code: 'VERIFY_LIST_CONTRADICTS' }));
  });

  it('may tell sizes, of files that are in it', () => {
    const text = `# a: 12 bytes\n# b: 13 bytes\n# ../a: 14 bytes\n# c: -1 bytes\n${HEX}  a\n${HEX}  c\n`;
    expect([...parseChecksumList(text, 'list').sizes]).toEqual([['a', 12]]);
  });
});

const SIGNATURE = ['-----BEGIN PGP SIGNATURE-----', '', 'abc=', '=abcd', '-----END PGP SIGNATURE-----'];

describe('lines that are not used', () => {
  const ignoredOf = (line: string, list = 'CHECKSUM'): readonly number[] =>
    parseChecksumList(`${'0'.repeat(64)}  good\n${line}\n`, list).ignored;

  it.each([
    ['a path that leads out', `${HEX}  ../evil`],
    ['a path that leads out in its middle', `${HEX}  a/../../evil`],
    ['an absolute path', `SHA256 (/etc/passwd) = ${HEX}`],
    ['an escaped path that leads out', `\\${HEX}  ../ev\\\\il`],
    ['a folder', `${HEX}  folder/`],
    ['the folder itself', `${HEX}  .`],
    ['an escape that is none', `\\${HEX}  a\\x`],
    ['a NUL', `${HEX}  a\0b`],
    ['a digest of no length that we know', `${'a'.repeat(56)}  a`],
    ['another algorithm', `BLAKE2b (a) = ${'a'.repeat(128)}`],
    ['a digest of another length than its tag', `SHA1 (a) = ${HEX}`],
    ['a name of Object', `constructor (a) = ${HEX}`],
    ['a sentence', 'This is not a checksum.'],
    ['an endless line', `${HEX}  ${'a'.repeat(20_000)}`],
  ])('%s', (_, line) => {
    expect(ignoredOf(line)).toEqual([2]);
  });

  it.each(['x.iso.sha256', 'SHA256SUMS', 'sha-256.txt', 'CHECKSUM', 'x.checksum'])('none, in a list "%s"', (list) => {
    expect(ignoredOf(`${HEX}  a`, list)).toEqual([]);
  });

  it.each(['SHA1SUMS', 'x.md5', 'B3SUMS', 'SHA512SUMS', 'sha3-256.txt'])('all, in a list "%s"', (list) => {
    expect(() => ignoredOf(`${HEX}  a`, list)).toThrow(expect.objectContaining({ code: 'VERIFY_LIST_UNREADABLE' }));
  });

  it('around what was signed', () => {
    const signed = ['-----BEGIN PGP SIGNED MESSAGE-----', 'Hash: SHA256', '', `${HEX}  signed`, ...SIGNATURE];
    const forged = `${HEX}  forged`;
    const { files, ignored } = parseChecksumList([forged, ...signed, forged].join('\n'), 'CHECKSUM');
    expect([...files.keys()]).toEqual(['signed']);
    expect(ignored).toEqual([]);
    const broken = [
      signed.slice(0, 4),
      signed.slice(0, -1),
      [...signed, ...signed],
      signed.toSpliced(2, 1),
      signed.toSpliced(3, 0, signed[0]!),
    ];
    for (const lines of broken) {
      expect(() => parseChecksumList(lines.join('\n'), 'CHECKSUM')).toThrow(
        expect.objectContaining({ code: 'VERIFY_LIST_UNREADABLE' }),
      );
    }
  });
});

describe('a file that is no list', () => {
  it('is said to be none', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'page'), '<html>Please sign in</html>');
    await expect(readChecksumList(join(folder, 'page'))).rejects.toMatchObject({ code: 'VERIFY_LIST_UNREADABLE' });
    await writeFile(join(folder, 'empty'), '');
    await expect(readChecksumList(join(folder, 'empty'))).rejects.toMatchObject({ code: 'VERIFY_LIST_UNREADABLE' });
    await writeFile(join(folder, 'iso'), Buffer.alloc(CHECKSUM_LIST_LIMIT + 1));
    await expect(readChecksumList(join(folder, 'iso'))).rejects.toMatchObject({ code: 'VERIFY_LIST_TOO_LARGE' });
    await expect(readChecksumList(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readChecksumList(folder)).rejects.toMatchObject({ code: 'VERIFY_NOT_A_FILE' });
  });

  it.each([
    ['a FIFO, which is not waited for', (path: string) => execFileSync('mkfifo', [path])],
    ['a device, which has no end', (path: string) => symlinkSync('/dev/zero', path)],
  ])('is refused: %s', async (_, make) => {
    const path = join(await temporaryFolder(), 'SHA256SUMS');
    make(path);
    await expect(readChecksumList(path)).rejects.toMatchObject({ code: 'VERIFY_NOT_READABLE' });
  });

  it('may be a pipe that was given to this process', async () => {
    const fifo = join(await temporaryFolder(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    const program = `
      import { writeFileSync } from 'node:fs';
      import { readChecksumList } from ${JSON.stringify(BUILT)};
      // The rest comes when what is there has been read, however long that takes.
      setTimeout(() => writeFileSync(${JSON.stringify(fifo)}, ''), 100);
      console.log([...(await readChecksumList('/dev/stdin')).files.keys()].join());`;
    // Of a shell, since Node gives sockets.
    const script = `{ echo '${HEX}  a'; cat "$2"; echo '${HEX}  b'; } | "$0" --input-type=module -e "$1"`;
    const { stdout } = await promisify(execFile)('sh', ['-c', script, process.execPath, program, fifo]);
    expect(stdout).toBe('a,b\n');
  });

  it('may have a mark of its byte order and Windows line breaks', async () => {
    const path = join(await temporaryFolder(), 'SHA256SUMS');
    await writeFile(path, `\ufeff${HEX}  a\r\n${HEX} *b\r\n`);
    expect([...(await readChecksumList(path)).files.keys()]).toEqual(['a', 'b']);
    expect((await readFile(path, 'utf8')).startsWith('\ufeff')).toBe(true);
  });
});
