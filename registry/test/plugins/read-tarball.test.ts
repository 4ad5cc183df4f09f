import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { contentHash } from '../../src/plugins/package-files.ts';
import { readTarball } from '../../src/plugins/read-tarball.ts';
import { packed, tarball, type TarEntry } from '../../../test/src/plugins/tarball.ts';

const files = async (bytes: Uint8Array) => {
  const read = await readTarball(bytes, 'x.tgz');
  return Object.fromEntries(read.map(({ path, bytes: content }) => [path, Buffer.from(content).toString()]));
};

const entry = (path: string, more: Partial<TarEntry> = {}): TarEntry => ({ path, content: 'x', ...more });

describe('reading a tarball', () => {
  test('gives the files inside the outermost folder, whatever that is called', async () => {
    const bytes = tarball([
      { path: 'any-name/', type: '5' },
      { path: 'any-name/package.json', content: '{}' },
      { path: 'any-name/dist/', type: '5' },
      { path: 'any-name/dist/index.js', content: 'code' },
      { path: 'any-name/empty' },
    ]);
    expect(await files(bytes)).toEqual({ 'package.json': '{}', 'dist/index.js': 'code', empty: '' });
  });

  test.each<[string, string, readonly TarEntry[]]>([
    ['a path that climbs', 'PLUGIN_PATH_OUTSIDE', [entry('package/../../etc/passwd')]],
    ['a path that climbs at once', 'PLUGIN_PATH_OUTSIDE', [entry('../x')]],
    ['a path that climbs for other systems', 'PLUGIN_PATH_OUTSIDE', [entry('package/a\\..\\..\\x')]],
    ['an absolute path', 'PLUGIN_PATH_ABSOLUTE', [entry('/etc/passwd')]],
    ['an absolute path inside', 'PLUGIN_PATH_ABSOLUTE', [entry('package//etc/passwd')]],
    ['an absolute path of other systems', 'PLUGIN_PATH_ABSOLUTE', [entry('package/C:/x')]],
    ['a symbolic link', 'PLUGIN_LINK', [entry('package/x', { type: '2', link: '/etc/passwd', content: '' })]],
    ['a hard link', 'PLUGIN_LINK', [entry('package/x', { type: '1', link: 'package/y', content: '' })]],
    ['a device', 'PLUGIN_SPECIAL_FILE', [entry('package/x', { type: '3', content: '' })]],
    ['a pipe', 'PLUGIN_SPECIAL_FILE', [entry('package/x', { type: '6', content: '' })]],
    ['names that differ in case', 'PLUGIN_NAME_COLLISION', [entry('package/index.js'), entry('package/Index.js')]],
    ['folders that differ in case', 'PLUGIN_NAME_COLLISION', [entry('package/a/x'), entry('package/A/y')]],
    ['a file twice', 'PLUGIN_NAME_COLLISION', [entry('package/x'), entry('package/x')]],
    ['a file that is a folder too', 'PLUGIN_NAME_COLLISION', [entry('package/x'), entry('package/x/y')]],
    ['a name that writes to the terminal', 'PLUGIN_PATH_ODD', [entry('package/\u001b[2J')]],
    ['a name of other letters', 'PLUGIN_PATH_ODD', [entry('package/\u00e9')]],
    ['a path that is too long', 'PLUGIN_PATH_TOO_LONG', longPath()],
    ['a path that is too deep', 'PLUGIN_PATH_TOO_LONG', [entry(`package/${'a/'.repeat(16)}b`)]],
    ['too many files', 'PLUGIN_TOO_MANY_FILES', Array.from({ length: 2001 }, (_, at) => entry(`package/${at}`))],
    ['a size that no plugin has', 'PLUGIN_UNPACKS_TOO_LARGE', [entry('package/x', { size: 40 * 1024 * 1024 })]],
  ])('refuses %s', async (_, code, entries) => {
    await expect(files(tarball([entry('package/a-good-one'), ...entries]))).rejects.toMatchObject({ code });
  });

  test('refuses what unpacks to more than any plugin has, without unpacking it', async () => {
    const zeros = gzipSync(Buffer.alloc(80 * 1024 * 1024), { level: 9 });
    expect(zeros.length).toBeLessThan(100_000);
    await expect(files(zeros)).rejects.toMatchObject({ code: 'PLUGIN_UNPACKS_TOO_LARGE' });
  });

  test('refuses a file that is larger than any plugin', async () => {
    await expect(files(Buffer.alloc(8 * 1024 * 1024 + 1))).rejects.toMatchObject({ code: 'PLUGIN_PACKAGE_TOO_LARGE' });
  });

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello')],
    ['gzip of something else', gzipSync('hello')],
    ['gzip in gzip', gzipSync(packed({ x: 'y' }))],
    ['an archive that is cut off', packed({ x: 'y'.repeat(10_000) }).subarray(0, 60)],
  ])('refuses %s', async (_, bytes) => {
    await expect(files(bytes)).rejects.toMatchObject({ code: 'PLUGIN_PACKAGE_UNREADABLE' });
  });

  test('ends with files or a code of its own, whatever is in it', async () => {
    const bytes = fc.uint8Array({ minLength: 512, maxLength: 4096 });
    await fc.assert(
      fc.asyncProperty(bytes, fc.nat(600), async (noise, at) => {
        const tar = Buffer.concat([Buffer.alloc(257), Buffer.from('ustar'), Buffer.from(noise)]);
        tar.writeUInt8(65, at % 100);
        await expect(
          files(gzipSync(tar)).catch((error: unknown) => {
            expect((error as { code?: unknown }).code).toMatch(/^PLUGIN_/);
            return {};
          }),
        ).resolves.toBeTypeOf('object');
      }),
      { numRuns: 50 },
    );
  });
});

describe('the checksum of the content', () => {
  test('does not depend on order, and on nothing but names and bytes', async () => {
    const [a, b] = await Promise.all([
      readTarball(packed({ a: '1', 'b/c': '2' }), 'x'),
      readTarball(packed({ 'b/c': '2', a: '1' }), 'y'),
    ]);
    expect(contentHash(a)).toBe(contentHash(b));
    // As `find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum | sha256sum` says.
    expect(contentHash(a)).toBe('sha256-tree:48139a6be73548c99b6a1f64ee150afb3a81ddabab5d333a51d5a0ac762880c0');
    for (const other of [{ a: '1', 'b/c': '3' }, { a: '1', 'b/d': '2' }, { a: '1' }]) {
      expect(contentHash(await readTarball(packed(other), 'z'))).not.toBe(contentHash(a));
    }
  });
});

/** Longer than the name in a header; the folder before it is in a field of its own (ustar, prefix). */
function longPath(): TarEntry[] {
  const path = Buffer.from(`30 path=package/${'a'.repeat(210)}\n`);
  const record = `${path.length + 1} path=package/${'a'.repeat(210)}\n`;
  return [{ path: 'pax', type: 'x', content: record }, entry('package/short')];
}
