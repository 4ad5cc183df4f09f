import { randomBytes } from 'node:crypto';
import { chmod, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { FileCache } from '../../src/http/file-cache.ts';
import { temporaryFolder } from './support.ts';

it('keeps what it is given, for the next process as well', async () => {
  const folder = join(await temporaryFolder(), 'http');
  const cache = new FileCache(folder, randomBytes);
  expect(await cache.get('a')).toBeUndefined();
  await cache.set('a', 'one\ntwo');
  await cache.settled();
  const next = new FileCache(folder, randomBytes);
  expect(await next.get('a')).toBe('one\ntwo');
  expect(await next.get('b')).toBeUndefined();
  await next.delete('a');
  expect(await next.get('a')).toBeUndefined();
});

it('forgets first what was not used for longest, and takes nothing that is too large', async () => {
  const folder = await temporaryFolder();
  const cache = new FileCache(folder, randomBytes, { entry: 1000, all: 2500 });
  for (const [index, key] of ['a', 'b', 'c'].entries()) {
    await cache.set(key, key.repeat(700));
    await cache.settled();
    for (const name of await readdir(folder)) await utimes(join(folder, name), index, index);
  }
  await cache.get('a');
  await cache.set('d', 'd'.repeat(700));
  await cache.set('e', 'e'.repeat(1001));
  await cache.settled();
  const there = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (key) => (await cache.get(key)) !== undefined));
  expect(there.filter((is) => is)).toHaveLength(3);
  expect([there[0], there[3], there[4]]).toEqual([true, true, false]);
});

it('does not mind a folder that it may not write to', async () => {
  const folder = await temporaryFolder();
  await chmod(folder, 0o500);
  const cache = new FileCache(join(folder, 'http', '\0'), randomBytes);
  await cache.set('a', 'one');
  await cache.settled();
  expect(await cache.get('a')).toBeUndefined();
});
