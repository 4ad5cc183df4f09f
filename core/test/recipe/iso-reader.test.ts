import { mkdtemp, open, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createRunner, type Runner } from '../../src/engine/run.ts';
import { openIso } from '../../src/recipe/iso-reader.ts';
import { makeIso } from './make-iso.ts';

const runner = createRunner(process.env);
const signal = new AbortController().signal;
const options = { runner, signal };
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-iso-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('an ordinary ISO', () => {
  test('shows its label, its size and its files', async () => {
    const file = await makeIso(join(folder, 'plain.iso'), {
      label: 'Ubuntu 24.04.2 LTS amd64',
      files: { '.disk/info': 'Ubuntu\n', 'casper/vmlinuz': 'k', 'casper/initrd': 'i', 'casperx/no': 'n', empty: '' },
    });
    const iso = await openIso(file, options);
    expect(iso.label).toBe('Ubuntu 24.04.2 LTS amd64');
    expect(iso.size).toBeGreaterThan(32_768);
    expect(iso.file).toBe(file);
    expect(iso.has('/casper/vmlinuz')).toBe(true);
    expect(iso.has('/casper')).toBe(false);
    expect(iso.has('casper/vmlinuz')).toBe(false);
    expect(iso.list('/casper')).toEqual(['/casper/initrd', '/casper/vmlinuz']);
    expect(iso.list('/casper/')).toEqual(['/casper/initrd', '/casper/vmlinuz']);
    expect(iso.list('/')).toEqual(['/.disk/info', '/casper/initrd', '/casper/vmlinuz', '/casperx/no', '/empty']);
    expect(await iso.read('/.disk/info', { signal })).toBe('Ubuntu\n');
    expect(await iso.read('/empty', { signal })).toBe('');
  });

  test('reads small files only, and only those that are there', async () => {
    const large = 'x'.repeat(300 * 1024);
    const iso = await openIso(await makeIso(join(folder, 'large.iso'), { label: 'L', files: { large } }), options);
    await expect(iso.read('/large', { signal })).rejects.toMatchObject({ code: 'ISO_FILE_TOO_LARGE' });
    expect(await iso.read('/large', { signal, limit: 300 * 1024 })).toBe(large);
    await expect(iso.read('/none', { signal })).rejects.toMatchObject({ code: 'ISO_FILE_MISSING' });
    await expect(iso.read('/../etc/passwd', { signal })).rejects.toMatchObject({ code: 'ISO_FILE_MISSING' });
    await expect(iso.read('/large', { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });

  test('may lie under a name that looks like a drive, an option or a list', async () => {
    for (const name of ["it's.iso", '-dev sr0', 'a:b,c *?', 'new\nline.iso', 'back\\x41slash']) {
      const plain = await makeIso(join(folder, 'odd.iso'), { label: 'ODD', files: { a: 'text' } });
      await rename(plain, join(folder, name));
      const iso = await openIso(join(folder, name), options);
      expect(await iso.read('/a', { signal })).toBe('text');
    }
  });

  test('needs no rights but to read the file, and leaves none open', async () => {
    const seen: string[][] = [];
    const watching: Runner = {
      ...runner,
      stream: (program, args, given, consume) => {
        seen.push([program, ...args]);
        return runner.stream(program, args, given, consume);
      },
    };
    const file = await makeIso(join(folder, 'once.iso'), { label: 'ONCE', files: { a: '1', b: '2' } });
    const iso = await openIso(file, { runner: watching, signal });
    await iso.read('/a', { signal });
    await iso.read('/b', { signal });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toEqual(expect.arrayContaining(['-no_rc', `stdio:${file}`]));
  });
});

describe('what is not an ISO', () => {
  test('is refused with a reason', async () => {
    const garbage = join(folder, 'garbage');
    await writeFile(garbage, Buffer.alloc(100_000, 0x55));
    const short = join(folder, 'short');
    await writeFile(short, 'not an image');
    for (const file of [garbage, short, folder]) {
      await expect(openIso(file, options)).rejects.toMatchObject({ code: 'ISO_UNREADABLE', category: 'bad-input' });
    }
  });

  test('that is missing keeps the code of the operating system', async () => {
    await expect(openIso(join(folder, 'missing.iso'), options)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is noticed when only part of it was downloaded', async () => {
    const content = Buffer.alloc(3 * 1024 * 1024, 1);
    const files = { 'a/kernel': content, 'z/last': content };
    const file = await makeIso(join(folder, 'cut.iso'), { label: 'CUT', files });
    for (const size of [5 * 1024 * 1024, 200 * 1024, 60 * 1024, 40 * 1024]) {
      await truncate(file, size);
      await expect(openIso(file, options)).rejects.toMatchObject({ code: 'ISO_UNREADABLE' });
    }
  });

  test('stops when asked to', async () => {
    const file = await makeIso(join(folder, 'stop.iso'), { label: 'STOP', files: { a: '1' } });
    const reason = new Error('stopped');
    await expect(openIso(file, { runner, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('says so when xorriso is not installed', async () => {
    const file = await makeIso(join(folder, 'tool.iso'), { label: 'TOOL', files: { a: '1' } });
    const bare: Runner = createRunner({ PATH: folder });
    const nowhere: Runner = {
      ...bare,
      stream: (_, args, given, consume) => bare.stream('loopstick-no-such-program', args, given, consume),
    };
    await expect(openIso(file, { runner: nowhere, signal })).rejects.toMatchObject({ code: 'TOOL_MISSING' });
  });
});

describe('a hostile ISO', () => {
  test('cannot make one name into another', async () => {
    const names = [
      "quo'te",
      'new\nline',
      "new\n' , 'File data lba:  0 ,       40 ,        1 ,        1 , '",
      '$(reboot)',
      '`reboot`',
      'esc\u001b[31mred',
      'back\\slash',
      '\\n',
      'double"quote',
      'tab\tand blank ',
      'ümlaut-☃-😀',
      '-rf',
      '--',
      'x'.repeat(200),
    ];
    const files = Object.fromEntries(names.map((name, index) => [`dir/${name}`, `content ${index}`]));
    const iso = await openIso(await makeIso(join(folder, 'names.iso'), { label: 'NAMES', files }), options);
    expect(iso.list('/')).toHaveLength(names.length);
    for (const [index, name] of names.entries()) {
      expect(await iso.read(`/dir/${name}`, { signal })).toBe(`content ${index}`);
    }
  });

  test('may have a label that is no text', async () => {
    const file = await makeIso(join(folder, 'label.iso'), { label: 'PLAIN', files: { a: '1' } });
    const handle = await open(file, 'r+');
    await handle.write(Buffer.from('\u001b[2J$(x)\'\n"\0hidden', 'latin1'), 0, undefined, 32_768 + 40);
    await handle.close();
    expect((await openIso(file, options)).label).toBe('\u001b[2J$(x)\'\n"');
  });

  test('with a folder that contains itself comes to an end', async () => {
    const file = await makeIso(join(folder, 'loop.iso'), { label: 'LOOP', files: { 'a/b/c': '1', 'a/d': '2' } });
    await pointFolderAtRoot(file);
    await expect(openIso(file, { ...options, deadlineMs: 1000 })).rejects.toMatchObject({ code: 'ISO_UNREADABLE' });
  });

  test('with very many files is read in seconds', async () => {
    const file = join(folder, 'many.iso');
    const source = join(folder, 'package');
    await writeFile(source, 'x');
    const maps = Array.from({ length: 20_000 }, (_, index) => `-map ${source} /pool/${index % 100}/${index}.deb`);
    await writeFile(join(folder, 'many.txt'), ['-volid MANY', ...maps].join('\n'));
    const args = ['-no_rc', '-outdev', `stdio:${file}`, '-options_from_file', join(folder, 'many.txt')];
    await runner.run('xorriso', args, { signal });
    const start = performance.now();
    const iso = await openIso(file, options);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(iso.list('/')).toHaveLength(20_000);
    expect(iso.list('/pool/7')).toHaveLength(200);
  });
});

/** Makes the first folder record below the root name the root's own extent. */
async function pointFolderAtRoot(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  const descriptor = Buffer.alloc(2048);
  await handle.read(descriptor, 0, 2048, 32_768);
  const root = descriptor.readUInt32LE(156 + 2);
  const records = Buffer.alloc(2048);
  await handle.read(records, 0, 2048, root * 2048);
  // The first two records are "." and "..".
  const at = records.readUInt8(0) + records.readUInt8(records.readUInt8(0));
  records.writeUInt32LE(root, at + 2);
  records.writeUInt32BE(root, at + 6);
  await handle.write(records, 0, 2048, root * 2048);
  await handle.close();
}
