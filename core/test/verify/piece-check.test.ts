import { createHash, randomBytes } from 'node:crypto';
import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';

import { pieceIsRight } from '../../src/verify/piece-check.ts';
import type { PieceDigests } from '../../src/verify/piece-digests.ts';
import { never, temporaryFolder } from '../engine/support.ts';

function piecesOf(content: Buffer, length: number): PieceDigests {
  const digests: string[] = [];
  for (let at = 0; at < content.length; at += length) {
    digests.push(
      createHash('sha1')
        .update(content.subarray(at, at + length))
        .digest('hex'),
    );
  }
  return { algorithm: 'sha1', length, digests };
}

async function openFile(content: Buffer) {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, content);
  const handle = await open(path, 'r');
  onTestFinished(() => handle.close());
  return { path, handle };
}

describe('a piece', () => {
  it('is wrong exactly where a byte is', async () => {
    const content = randomBytes(2_600_000);
    const { path, handle } = await openFile(content);
    const at = fc.integer({ min: 0, max: content.length - 1 });
    const length = fc.integer({ min: 400_000, max: 3_000_000 });
    await fc.assert(
      fc.asyncProperty(at, length, async (wrong, pieceLength) => {
        const pieces = piecesOf(content, pieceLength);
        const bad = Buffer.from(content);
        bad[wrong]! ^= 1;
        await writeFile(path, bad);
        for (const index of pieces.digests.keys()) {
          const right = await pieceIsRight(handle, pieces, index, content.length, never());
          expect(right).toBe(index !== Math.floor(wrong / pieceLength));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is wrong when the file ends within it, or before it, or when nobody listed it', async () => {
    const content = randomBytes(2500);
    const { path, handle } = await openFile(content);
    const pieces = piecesOf(content, 1000);
    const right = (index: number, size = 2500) => pieceIsRight(handle, pieces, index, size, never());
    expect(await Promise.all([right(2), right(3), right(2, 4000), right(2, 2000)])).toEqual([
      true,
      false,
      false,
      false,
    ]);
    await truncate(path, 2499);
    expect(await Promise.all([right(1), right(2)])).toEqual([true, false]);
  });

  it('is not read any more once that is not wanted', async () => {
    const { handle } = await openFile(randomBytes(10));
    const pieces = piecesOf(randomBytes(10), 10);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(pieceIsRight(handle, pieces, 0, 10, signal)).rejects.toThrow('enough');
  });
});
