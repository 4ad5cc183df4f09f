import { createHash } from 'node:crypto';
import { mkdtemp, open, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createRunner } from '../../src/engine/run.ts';
import { formatEsp, hashEspFile, writeEspFiles } from '../../src/stick/esp.ts';
import { deriveIdentity } from '../../src/stick/identity.ts';
import { minimumSize, planLayout } from '../../src/stick/layout.ts';
import type { TakenFile } from '../../src/stick/taken-files.ts';
import { openWork, type Work } from '../../src/stick/work.ts';

const MIB = 1024 * 1024;
let folder: string;
let work: Work;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
  const path = join(folder, 'stick.img');
  await (await open(path, 'w')).close();
  const { signal } = new AbortController();
  work = await openWork({ path, label: path }, { runner: createRunner(process.env), time: new Date(0), signal });
});
afterEach(async () => {
  await work.close();
  await rm(folder, { recursive: true, force: true });
});

/** A file of so many bytes that are all of this value. */
function takenOf(path: string, length: number, value: number): TakenFile {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; left -= MIB)
      yield await Promise.resolve(Buffer.alloc(Math.min(MIB, left), value));
  }
  return { path, length, sha256: '', stream: pieces };
}
const digestOf = (...[length, value]: [number, number]): string =>
  createHash('sha256').update(Buffer.alloc(length, value)).digest('hex');

describe('the EFI system partition', () => {
  it('grows with its files, holds them, and leaves nothing of them behind', { timeout: 120_000 }, async () => {
    const size = 127 * MIB;
    const taken = [takenOf('loopstick/1-large/1-initrd', size, 7), takenOf('loopstick/1-large/2-empty', 0, 0)];
    // Each takes a whole cluster.
    const small = Array.from({ length: 20 }, (_, index) => [`loader/entries/${index}.conf`, Buffer.of(index)] as const);
    const espSizes = [...taken.map(({ length }) => length), ...small.map(() => 1)];
    const layout = planLayout('stick', minimumSize([], espSizes), [], espSizes);
    await truncate(work.path, minimumSize([], espSizes));
    await formatEsp(work, layout, deriveIdentity('0'.repeat(32)));
    await writeEspFiles(work, layout.esp, { espFiles: new Map(small), taken });
    expect(await hashEspFile(work, layout.esp, 'loopstick/1-large/1-initrd')).toBe(digestOf(size, 7));
    expect(await hashEspFile(work, layout.esp, 'loopstick/1-large/2-empty')).toBe(digestOf(0, 0));
    expect(await hashEspFile(work, layout.esp, 'loader/entries/19.conf')).toBe(digestOf(1, 19));
    expect(await readdir(work.directory)).toEqual(['target']);
  });
});
