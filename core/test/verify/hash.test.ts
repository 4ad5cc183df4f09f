import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { HASH_ALGORITHMS } from '../../src/verify/digests.ts';
import { digestFile, hashFile } from '../../src/verify/hash.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-hash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;

describe('hashFile', () => {
  it.each([0, 1, 1024 * 1024, 2_500_000])('is the SHA-256 of a file of %i bytes', async (size) => {
    const path = join(folder, 'file');
    const content = randomBytes(size);
    await writeFile(path, content);
    const seen: [number, number][] = [];
    const digest = await hashFile(path, { signal, onProgress: (done, total) => seen.push([done, total]) });
    expect(digest).toBe(createHash('sha256').update(content).digest('hex'));
    expect(seen.at(-1)).toEqual(size === 0 ? undefined : [size, size]);
  });

  it('stops when asked to', async () => {
    const path = join(folder, 'file');
    await writeFile(path, Buffer.alloc(3_000_000));
    const controller = new AbortController();
    const onProgress = (): void => {
      controller.abort(new Error('enough'));
    };
    await expect(hashFile(path, { signal: controller.signal, onProgress })).rejects.toThrow('enough');
  });

  it('leaves the system’s errors as they are', async () => {
    await expect(hashFile(join(folder, 'none'), { signal })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(hashFile(folder, { signal })).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('digestFile', () => {
  it('is all that is asked for, from one reading', async () => {
    const path = join(folder, 'file');
    const content = randomBytes(2_500_000);
    await writeFile(path, content);
    const reads: number[] = [];
    const digests = await digestFile(path, HASH_ALGORITHMS, { signal, onProgress: (done) => reads.push(done) });
    expect(Object.keys(digests)).toEqual(['md5', 'sha1', 'sha256', 'sha512']);
    for (const algorithm of HASH_ALGORITHMS) {
      expect(digests[algorithm]).toBe(createHash(algorithm).update(content).digest('hex'));
    }
    expect(reads).toEqual([1024 * 1024, 2 * 1024 * 1024, 2_500_000]);
    expect(await digestFile(path, [], { signal })).toEqual({});
  });
});
