import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';

import { beforeEach, describe, expect, it } from 'vitest';

import { readList, type ReadOptions } from '../../../src/mirror/lists/read-list.ts';
import type { ListAddress } from '../../../src/mirror/lists/parse-list.ts';
import { never } from '../../engine/support.ts';
import { listRoom, serveLists, type ListRoom, type ListServer } from './support.ts';

const HOUR = 3600 * 1000;
const sendsOne = (response: ServerResponse): unknown => response.end('https://one.example/\n');
const sendsTwo = (response: ServerResponse): unknown => response.end('https://two.example/\n');
const fails = (response: ServerResponse): unknown => response.writeHead(503).end();
const sendsPage = (response: ServerResponse): unknown => response.end('<html>Log in</html>');

let room: ListRoom;
let server: ListServer;
let answer: (response: ServerResponse) => unknown;
let list: ListAddress;

beforeEach(async () => {
  room = await listRoom();
  server = await serveLists((response) => answer(response));
  answer = sendsOne;
  list = { format: 'mirrorlist', url: `${server.url}/list`, file: 'image.iso' };
});

async function read(options: Partial<ReadOptions> = {}): Promise<string[]> {
  const mirrors = await readList(room.engine, list, { signal: never(), hurry: never(), ...options });
  return mirrors.map(({ url }) => url);
}

function wait(ms: number): void {
  room.clock.now = new Date(room.clock.now.getTime() + ms);
}

async function keptFile(): Promise<string> {
  const folder = join(room.engine.context.paths.cache, 'mirror-lists');
  const files = await readdir(folder);
  expect(files).toHaveLength(1);
  return join(folder, files[0]!);
}

describe('a list of mirrors', () => {
  it('is kept for a day', async () => {
    expect(await read()).toEqual(['https://one.example/']);
    answer = sendsTwo;
    wait(23 * HOUR);
    expect(await read()).toEqual(['https://one.example/']);
    wait(HOUR);
    expect(await read()).toEqual(['https://two.example/']);
    expect(server.requests).toHaveLength(2);
    expect(room.warnings).toEqual([]);
  });

  it('is fetched again when it is from the future', async () => {
    await read();
    answer = sendsTwo;
    wait(-HOUR);
    expect(await read()).toEqual(['https://two.example/']);
  });

  it.each([
    ['fails', fails],
    ['sends a web page', sendsPage],
  ])('is used when it is old and its server %s, with a warning', async (_, failing) => {
    await read();
    answer = failing;
    wait(100 * 24 * HOUR);
    expect(await read()).toEqual(['https://one.example/']);
    expect(room.warnings).toEqual(['MIRROR_LIST_OLD']);
    answer = sendsTwo;
    expect(await read()).toEqual(['https://two.example/']);
  });

  it('is none when there is no old one, with a warning', async () => {
    answer = fails;
    expect(await read()).toEqual([]);
    answer = sendsPage;
    expect(await read()).toEqual([]);
    expect(room.warnings).toEqual(['MIRROR_LIST_UNREACHABLE', 'MIRROR_LIST_MALFORMED']);
    answer = sendsOne;
    expect(await read()).toEqual(['https://one.example/']);
  });

  it('comes from what is kept when there is no network', async () => {
    expect(await read({ offline: true })).toEqual([]);
    await read();
    wait(100 * 24 * HOUR);
    expect(await read({ offline: true })).toEqual(['https://one.example/']);
    expect(server.requests).toHaveLength(1);
    expect(room.warnings).toEqual([]);
  });

  it('that comes too late is there the next time, with a warning', async () => {
    const hurry = new AbortController();
    const asked = new Promise<ServerResponse>((resolve) => {
      answer = resolve;
    });
    const reading = read({ hurry: hurry.signal });
    const response = await asked;
    hurry.abort();
    expect(await reading).toEqual([]);

    sendsOne(response);
    await expect.poll(() => read({ offline: true }), { timeout: 10_000 }).toEqual(['https://one.example/']);
    expect(room.warnings).toEqual(['MIRROR_LIST_LATE']);
  });

  it('that is renewed too late is the old one until then', async () => {
    await read();
    wait(25 * HOUR);
    answer = () => undefined;
    expect(await read({ hurry: AbortSignal.abort() })).toEqual(['https://one.example/']);
    expect(room.warnings).toEqual([]);
  });

  it('is not waited for, nor missed, by who gives up', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    answer = () => stop.abort(reason);
    await expect(read({ signal: stop.signal })).rejects.toBe(reason);
    expect(room.warnings).toEqual([]);
  });

  it('is kept by format, and a metalink by file', async () => {
    await read();
    list = { ...list, file: 'another.iso' };
    expect(await read({ offline: true })).toEqual(['https://one.example/']);
    list = { ...list, format: 'metalink' };
    expect(await read({ offline: true })).toEqual([]);
  });
});

describe('a kept list that is damaged is as good as none:', () => {
  it.each<[string, (text: string) => string]>([
    ['nothing', () => ''],
    ['cut off', (text) => text.slice(0, -10)],
    ['of another schema', (text) => text.replace('"schema":1', '"schema":2')],
    ['of another list', (text) => text.replace('/list', '/else')],
    ['without mirrors', (text) => text.replace(/"mirrors":.*/, '"mirrors":[]}')],
    ['with another scheme', (text) => text.replace('https://one', 'file://one')],
    ['with credentials', (text) => text.replace('https://one', 'https://me:secret@one')],
    ['with no date', (text) => text.replace(/"fetched":"[^"]*"/, '"fetched":"yesterday"')],
    ['too large', (text) => text + ' '.repeat(8 * 1024 * 1024)],
  ])('%s', async (_, damage) => {
    await read();
    const file = await keptFile();
    await writeFile(file, damage(await readFile(file, 'utf8')));
    expect(await read({ offline: true })).toEqual([]);
    answer = sendsTwo;
    expect(await read()).toEqual(['https://two.example/']);
  });

  it('and so is a place where nothing can be kept', async () => {
    await writeFile(room.engine.context.paths.cache, 'a file');
    expect(await read()).toEqual(['https://one.example/']);
    expect(await read()).toEqual(['https://one.example/']);
    expect(server.requests).toHaveLength(2);
  });
});
