import { execFileSync } from 'node:child_process';
import { open, truncate, writeFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { CATALOG_FILE_LIMIT, catalogFileSource } from '../../src/catalog/file-source.ts';
import { createContext } from '../../src/engine/context.ts';
import { systemCode } from '../../src/engine/errors.ts';
import { localRequest } from '../../src/engine/local-request.ts';
import { never, temporaryFolder, writeFiles } from '../engine/support.ts';

const read = (path: string): Promise<unknown> => catalogFileSource(path).read(localRequest(createContext(), never()));

describe('catalogFileSource', () => {
  test('is named after its file, in the highest layer', () => {
    expect(catalogFileSource('a/b.json')).toMatchObject({ name: 'file:a/b.json', layer: 'custom', required: true });
  });

  test('reads JSON, also with a byte order mark', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'a.json': '\ufeff{ "schema": 1 }' });
    expect(await read(`${folder}/a.json`)).toEqual({ schema: 1 });
  });

  test('reads a pipe', async () => {
    const fifo = `${await temporaryFolder()}/pipe`;
    execFileSync('mkfifo', [fifo]);
    const [json] = await Promise.all([read(fifo), writeFile(fifo, '[1]')]);
    expect(json).toEqual([1]);
  });

  test('waits for who writes into a pipe until the signal, and closes it once', async () => {
    const fifo = `${await temporaryFolder()}/pipe`;
    execFileSync('mkfifo', [fifo]);
    const stopping = new AbortController();
    const reading = catalogFileSource(fifo).read(localRequest(createContext(), stopping.signal));
    // Long enough to be waiting; whether it is yet makes no difference to what has to come.
    setTimeout(() => {
      stopping.abort(new Error('enough'));
    }, 20);
    await expect(reading).rejects.toThrow('enough');
    // Closed once more, its number would be that of one of these.
    const later = await Promise.all(Array.from({ length: 8 }, () => open('/dev/null')));
    try {
      for (const handle of later) expect((await handle.stat()).isCharacterDevice()).toBe(true);
    } finally {
      await Promise.all(later.map((handle) => handle.close()));
    }
  });

  test.each(['', '{', '[1,]', '\u0000'])('refuses %j', async (text) => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'a.json': text });
    await expect(read(`${folder}/a.json`)).rejects.toMatchObject({ code: 'CATALOG_MALFORMED', category: 'bad-input' });
  });

  test('refuses bytes that are no UTF-8', async () => {
    const file = `${await temporaryFolder()}/a.json`;
    await writeFile(file, Buffer.from([0x22, 0xff, 0x22]));
    await expect(read(file)).rejects.toMatchObject({ code: 'CATALOG_MALFORMED' });
  });

  test('refuses a file over the limit, and an endless one', async () => {
    const file = `${await temporaryFolder()}/a.json`;
    await writeFile(file, '');
    await truncate(file, CATALOG_FILE_LIMIT + 1);
    await expect(read(file)).rejects.toMatchObject({ code: 'CATALOG_FILE_TOO_LARGE' });
    await expect(read('/dev/zero')).rejects.toMatchObject({ code: 'CATALOG_FILE_TOO_LARGE' });
  });

  test('reads a file of exactly the limit', async () => {
    const file = `${await temporaryFolder()}/a.json`;
    await writeFile(file, '{}'.padEnd(CATALOG_FILE_LIMIT));
    expect(await read(file)).toEqual({});
  });

  test.each([
    ['nothing', 'none.json', 'ENOENT'],
    ['a folder', '.', 'EISDIR'],
  ])('says that %s cannot be read, with the system’s code', async (_, name, code) => {
    const error: unknown = await read(`${await temporaryFolder()}/${name}`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CATALOG_FILE_UNREADABLE', category: 'bad-input' });
    expect(systemCode(error)).toBe(code);
  });

  test('stops with the signal’s own reason', async () => {
    const reason = new Error('enough');
    const source = catalogFileSource('/dev/zero');
    await expect(source.read(localRequest(createContext(), AbortSignal.abort(reason)))).rejects.toBe(reason);
  });
});
