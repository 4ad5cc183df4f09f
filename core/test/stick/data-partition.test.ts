import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createRunner } from '../../src/engine/run.ts';
import { formatData } from '../../src/stick/data-partition.ts';
import { deriveIdentity } from '../../src/stick/identity.ts';
import { minimumSize, planLayout, SECTOR } from '../../src/stick/layout.ts';
import { openWork, type Work } from '../../src/stick/work.ts';

const MIB = 1024 * 1024;
const signal = new AbortController().signal;
const runner = createRunner(process.env);
let folder: string;
let work: Work;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
  const path = join(folder, 'stick.img');
  await (await open(path, 'w')).close();
  work = await openWork({ path, label: path }, { runner, time: new Date(0), signal });
});
afterEach(async () => {
  await work.close();
  await rm(folder, { recursive: true, force: true });
});

/** Makes the filesystem of a stick of `size` for these files, and returns how many bytes are free in it. */
async function freeBytes(size: number, files: readonly number[]): Promise<number> {
  const layout = planLayout('stick', size, files);
  const handle = await open(work.path, 'r+');
  await handle.truncate(size);
  await handle.close();
  await formatData(work, layout, deriveIdentity('0'.repeat(32)));
  const { stdout } = await work.run('dumpe2fs', ['-h', `${work.path}?offset=${layout.data.start * SECTOR}`]);
  return Number(/^Free blocks:\s+(\d+)/m.exec(stdout)?.[1]) * 4096;
}

describe('the data filesystem', () => {
  // Near 2 GiB the journal grows; and one file, many, and none at all.
  it.each([
    [[]],
    [[1]],
    [Array.from({ length: 30 }, () => 3 * MIB + 1)],
    [[1990 * MIB]],
    [[2005 * MIB]],
    [[2020 * MIB]],
    [[2047 * MIB]],
    [[2100 * MIB]],
    [[9000 * MIB]],
  ])('has room for what it was reckoned for: %j bytes', async (files: number[]) => {
    const needed = files.reduce((sum, size) => sum + Math.ceil(size / 4096) * 4096, 0);
    const smallest = minimumSize(files);
    for (const size of [smallest, smallest + 40 * MIB, smallest + 80 * MIB]) {
      expect(await freeBytes(size, files), `on ${size} bytes`).toBeGreaterThan(needed);
    }
  });
});
