import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createRunner } from '../../src/engine/run.ts';
import { openIso, type OpenIso } from '../../src/recipe/iso-reader.ts';
import { takeFiles } from '../../src/stick/taken-files.ts';
import { makeIso } from '../recipe/make-iso.ts';

const { signal } = new AbortController();
const KERNEL = 'kernel'.repeat(400_000);
let folder = '';
let iso: OpenIso;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-taken-'));
  const file = await makeIso(join(folder, 'a.iso'), { label: 'A', files: { linux: KERNEL, empty: '' } });
  iso = await openIso(file, { runner: createRunner(process.env), signal });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const take = (source: string, isoPath = '/a.iso', of: OpenIso = iso): ReturnType<typeof takeFiles> =>
  takeFiles('some', { isoFiles: [{ isoPath, source, path: 'k' }] }, new Map([['/a.iso', of]]), signal);

describe('takeFiles', () => {
  it('knows size and digest of a file, and can read it again', async () => {
    const [kernel] = await take('/linux');
    const sha256 = createHash('sha256').update(KERNEL).digest('hex');
    expect(kernel).toMatchObject({ path: 'k', length: KERNEL.length, sha256 });
    const pieces: Uint8Array[] = [];
    for await (const piece of kernel?.stream(signal) ?? []) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe(KERNEL);
    // In pieces, as a file may be larger than memory.
    expect(pieces.length).toBeGreaterThan(1);
    expect(await take('/empty')).toMatchObject([{ length: 0 }]);
  });

  it.each([
    ['an ISO that is not on the stick', () => take('/linux', '/b.iso')],
    ['a file that is not in the ISO', () => take('/linus')],
    ['a file too large for FAT', () => take('/linux', '/a.iso', { ...iso, sizeOf: () => 2 ** 32 })],
  ])('refuses %s', async (_, taking) => {
    await expect(taking()).rejects.toMatchObject({ code: 'STICK_PLAN_INVALID' });
  });
});
