import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { RateLimiter } from '@loopstick/core';
import { afterEach, describe, expect, it } from 'vitest';

import { createSwarmStage, sharesOf, together, type SwarmStage } from './swarm.ts';

const MiB = 1024 * 1024;
const SIZE = 12 * MiB + 345;

let stage: SwarmStage;

afterEach(async () => {
  await stage.close();
});

const isRight = async (): Promise<boolean> => (await readFile(stage.destination)).equals(stage.content);

describe('one file of a swarm and a mirror', () => {
  it('comes from three peers and the mirror at once, and verifies', async () => {
    stage = await createSwarmStage(SIZE);
    const peers = [await stage.peer(1.5 * MiB), await stage.peer(1.5 * MiB), await stage.peer(1.5 * MiB)];
    const { file } = await stage.mirror({ totalRate: 1.5 * MiB });
    const link = together(peers);
    const result = await stage.download([file, link]);
    expect(result.verified).toBe(true);
    expect(await isRight()).toBe(true);
    for (const { given } of peers) expect(given).toBeGreaterThan(0);
    const shares = sharesOf(result);
    expect(shares.get(file)).toBeGreaterThan(0);
    expect(shares.get(link)).toBeGreaterThan(0);
  });

  it('comes from the swarm alone, whose pieces belong together without a checksum', async () => {
    stage = await createSwarmStage(3 * MiB);
    const link = (await stage.peer()).address;
    const result = await stage.download([link], { job: { digests: {}, size: undefined } });
    expect(result).toMatchObject({ verified: false, digests: { sha256: stage.sha256 } });
  });

  it('costs nothing but the peer that sends wrong pieces', async () => {
    stage = await createSwarmStage(4 * MiB);
    const link = together([await stage.liar(), await stage.peer()]);
    const result = await stage.download([link]);
    expect(await isRight()).toBe(true);
    expect(stage.failovers).toEqual([]);
    expect(sharesOf(result)).toEqual(new Map([[link, 4 * MiB]]));
  });

  it.each([
    { lie: 'is of another size', content: randomBytes(3 * MiB), code: 'DOWNLOAD_SIZE_MISMATCH' },
    { lie: 'is of other bytes', content: randomBytes(6 * MiB), code: 'DOWNLOAD_DIFFERENT_FILE' },
  ])('goes on from the mirror when the torrent $lie', async ({ content, code }) => {
    stage = await createSwarmStage(6 * MiB);
    const { address } = await stage.peer(undefined, content);
    const { file } = await stage.mirror({ totalRate: 3 * MiB });
    const result = await stage.download([file, address]);
    expect(await isRight()).toBe(true);
    expect(stage.failovers.map(({ error }) => error.code)).toEqual([code]);
    expect([...sharesOf(result).keys()]).toEqual([file]);
  });

  it('comes from the mirror when there are no peers', async () => {
    stage = await createSwarmStage(4 * MiB);
    const { file } = await stage.mirror();
    const nobody = `magnet:?xt=urn:btih:${'0'.repeat(40)}`;
    const result = await stage.download([nobody, file]);
    expect(await isRight()).toBe(true);
    expect([...sharesOf(result).keys()]).toEqual([file]);
  });

  it('goes on where it was when it is aborted, with what both had sent', async () => {
    stage = await createSwarmStage(SIZE);
    const link = (await stage.peer(3 * MiB)).address;
    const { file } = await stage.mirror({ totalRate: 3 * MiB });
    const enough = new AbortController();
    const halfway = stage.download([link, file], {
      signal: enough.signal,
      onReport: ({ done }) => {
        if (done > SIZE / 3) enough.abort(new Error('enough'));
      },
    });
    await expect(halfway).rejects.toThrow('enough');
    const result = await stage.download([link, file]);
    expect(result.resumed).toBeGreaterThan(SIZE / 4);
    expect(await isRight()).toBe(true);
  });

  it('keeps to the limit of the download', async () => {
    stage = await createSwarmStage(3 * MiB);
    const limiter = new RateLimiter({ clock: () => performance.now(), rate: 2 * MiB });
    const began = performance.now();
    await stage.download([(await stage.peer()).address], { limiter });
    // A quarter of a second may be saved up, and two pieces are on their way.
    expect(performance.now() - began).toBeGreaterThan(1000);
  });
});
