/** Two that want one file without a checksum, and know of each other by nothing but the lock. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

import { expect, it } from 'vitest';

import type { DownloadResult } from '../../src/download/job.ts';
import { partPaths } from '../../src/download/part/part-paths.ts';
import { createRoom, download, expectDone, sentBy, type Room } from './support.ts';

const NO_CHECKSUM = { digests: {}, size: undefined };

/** One that the server holds back, and one that waits for it until `release`. */
async function start(room: Room, otherName = 'image.iso', more: object = {}) {
  const server = await room.serve({ hold: { after: 1_000_000 } });
  const secret = server.url.replace('//', '//bob:s3cr3tpw@');
  const urls = (name: string): string[] => [`${secret}/${name}`];
  const one = download(room, [], { ...NO_CHECKSUM, urls: urls('image.iso') });
  await expect.poll(() => room.list(), { timeout: 10_000 }).toContain('image.iso.part');
  const waiting = once(room.engine.events, 'waiting');
  const two = download(room, [], { ...NO_CHECKSUM, urls: urls(otherName), ...more });
  await waiting;
  const lock = await readFile(partPaths(room.destination).lock, 'utf8');
  const settled = Promise.allSettled<DownloadResult>([one, two]);
  server.release();
  return { server, lock, settled };
}

it('share the one download', async () => {
  const room = await createRoom();
  const { server, lock, settled } = await start(room);
  const digests = { sha256: room.sha256 };
  expect(await settled).toMatchObject([
    { status: 'fulfilled' },
    { status: 'fulfilled', value: { path: room.destination, size: room.content.length, digests, verified: false } },
  ]);
  expect(sentBy(server)).toBeLessThan(room.content.length * 1.1);
  expect(lock).not.toMatch(/bob|s3cr3tpw/);
  await expectDone(room);
});

it.each([
  ['from another address', 'other.iso', {}],
  ['of another size', 'image.iso', { size: 5 }],
])('are told that another file is there when it is one %s', async (_, name, more) => {
  const room = await createRoom();
  const { settled } = await start(room, name, more);
  expect(await settled).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'DOWNLOAD_DESTINATION_EXISTS' } },
  ]);
  await expectDone(room);
});
