import { execFile, spawnSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeSlot, type ResumeState } from '../../../src/download/part/resume-codec.ts';
import { ResumeFile } from '../../../src/download/part/resume-file.ts';
import { temporaryFolder } from '../../engine/support.ts';
import { anyState, resumeState } from './resume-states.ts';

const MODULE = new URL('../../../dist/download/part/resume-file.js', import.meta.url).href;
// A file system of its own, as small as wanted, needs no root where user namespaces are allowed.
const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** As the next run would find it: of a copy, since opening it leaves a mark. */
async function stateOf(path: string): Promise<ResumeState | undefined> {
  const folder = await temporaryFolder();
  await copyFile(path, join(folder, 'copy'));
  const opened = await ResumeFile.open(join(folder, 'copy'));
  await opened?.file.close();
  return opened?.state;
}

const filled = (bytes: number): ResumeState =>
  resumeState({ pieces: { ...resumeState().pieces, fill: Uint32Array.of(bytes, 0, 0) } });

/** What both slots say of the first piece. */
async function fillsIn(path: string): Promise<number[]> {
  const bytes = await readFile(path);
  return [0, 1].map((slot) => bytes.readUInt32LE((slot * bytes.length) / 2 + 65_536));
}

describe('ResumeFile', () => {
  it('gives back the last state that was written', async () => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    await fc.assert(
      fc.asyncProperty(anyState, fc.array(fc.boolean(), { maxLength: 4 }), async (initial, writes) => {
        let state = initial;
        const file = await ResumeFile.create(path, initial);
        for (const clean of writes) {
          state = { ...state, clean };
          await file.write(state);
          expect(await stateOf(path)).toEqual(state);
        }
        await file.close();
        expect(await stateOf(path)).toEqual(state);
      }),
      { numRuns: 50 },
    );
  });

  it('is clean for the one who opens it first, and not for who comes after a crash', async () => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    await (await ResumeFile.create(path, resumeState({ clean: true }))).close();
    const opened = await ResumeFile.open(path);
    expect(opened?.state).toEqual(resumeState({ clean: true }));
    expect(await stateOf(path)).toEqual(resumeState({ clean: false }));
    await opened?.file.close();
  });

  it('takes notes between writes, of which none goes to the place of the last write', async () => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    const file = await ResumeFile.create(path, filled(0));
    await file.write(filled(1));
    for (const bytes of [2, 3, 4]) await file.jot(filled(bytes));
    expect(await fillsIn(path)).toEqual([4, 1]);
    expect(await stateOf(path)).toEqual(filled(4));
    await file.write(filled(5));
    await file.jot(filled(6));
    expect(await fillsIn(path)).toEqual([5, 6]);
    await expect(file.jot(resumeState({ clean: true }))).rejects.toThrow(RangeError);
    await file.close();
  });

  it('never changes its size, and only its user may read it', async () => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    const file = await ResumeFile.create(path, resumeState());
    const { size, blocks, mode } = await stat(path);
    expect(blocks * 512).toBeGreaterThanOrEqual(size);
    expect(mode & 0o777).toBe(0o600);
    const urls = Array.from({ length: 64 }, (_, index) => `https://${index}.example/${'x'.repeat(500)}`);
    for (let turn = 0; turn < 3; turn++) await file.write(resumeState({ urls }));
    await file.close();
    expect(await stat(path)).toMatchObject({ size });
  });

  it('writes the state as it was at the call, one after the other', async () => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    const file = await ResumeFile.create(path, filled(0));
    const live = filled(0);
    const writes = [1, 2, 3, 4, 5].map((bytes) => {
      live.pieces.fill[0] = bytes;
      return file.write(live);
    });
    live.pieces.fill[0] = 99;
    await file.close();
    await Promise.all(writes);
    expect((await stateOf(path))?.pieces.fill[0]).toBe(5);
    expect(await fillsIn(path)).toEqual([4, 5]);
  });

  it('goes on where the generations wrap around', async () => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    await writeFile(path, Buffer.concat([encodeSlot(filled(1), 0xffff_fffe), encodeSlot(filled(2), 0xffff_ffff)]));
    for (let bytes = 3; bytes < 8; bytes++) {
      const opened = await ResumeFile.open(path);
      expect(opened?.state.pieces.fill[0]).toBe(bytes - 1);
      await opened?.file.write(filled(bytes));
      await opened?.file.close();
    }
  });

  it('does not take a state of a file with another number of pieces', async () => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    const file = await ResumeFile.create(path, resumeState());
    const count = 5000;
    const pieces = { fill: new Uint32Array(count), crc: new Uint32Array(count), origin: new Uint16Array(count) };
    await expect(file.write(resumeState({ size: count, pieceSize: 1, pieces }))).rejects.toThrow(RangeError);
    await file.close();
    expect(await stateOf(path)).toEqual(resumeState());
  });

  it('is gone when it is removed', async () => {
    const folder = await temporaryFolder();
    const file = await ResumeFile.create(join(folder, 'x'), resumeState());
    await file.remove();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a write that was torn', () => {
  const [older, newer] = [filled(1000), filled(2000)];

  /** The file before and after a write of `newer`, which goes to the second slot. */
  async function beforeAndAfter(path: string): Promise<[Buffer, Buffer]> {
    const file = await ResumeFile.create(path, older);
    const before = await readFile(path);
    await file.write(newer);
    await file.close();
    return [before, await readFile(path)];
  }

  it('leaves the state before it, wherever it stopped', async () => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    const [before, after] = await beforeAndAfter(path);
    const slot = before.length / 2;
    const last = after.findLastIndex((byte, index) => byte !== before[index]);
    const stops = [
      ...Array.from({ length: slot / 512 }, (_, sector) => slot + 512 * sector),
      slot + 12,
      slot + 33,
      last,
    ];
    for (const stop of stops) {
      await writeFile(path, Buffer.concat([after.subarray(0, stop), before.subarray(stop)]));
      const expected = stop > last ? newer : older;
      expect(await stateOf(path)).toEqual(expected);
    }
    await writeFile(path, Buffer.concat([after.subarray(0, last + 1), before.subarray(last + 1)]));
    expect(await stateOf(path)).toEqual(newer);
  });

  it('leaves one of the two states, whichever of its sectors arrived or became zeros', async () => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    const [before, after] = await beforeAndAfter(path);
    const slot = before.length / 2;
    const changed = Array.from({ length: slot / 512 }, (_, sector) => slot + 512 * sector).filter(
      (at) => !before.subarray(at, at + 512).equals(after.subarray(at, at + 512)),
    );
    expect(changed.length).toBeGreaterThan(1);
    for (let choice = 0; choice < 3 ** changed.length; choice++) {
      const found = Buffer.from(before);
      let arrived = true;
      for (const [index, at] of changed.entries()) {
        const fate = Math.floor(choice / 3 ** index) % 3;
        arrived &&= fate === 1;
        if (fate === 1) after.copy(found, at, at, at + 512);
        if (fate === 2) found.fill(0, at, at + 512);
      }
      await writeFile(path, found);
      expect(await stateOf(path)).toEqual(arrived ? newer : older);
    }
  });

  it('is written over by the next one', async () => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    const [before, after] = await beforeAndAfter(path);
    const stop = before.length / 2 + 300;
    await writeFile(path, Buffer.concat([after.subarray(0, stop), before.subarray(stop)]));
    const opened = await ResumeFile.open(path);
    await opened?.file.write(filled(3000));
    await opened?.file.close();
    const bytes = await readFile(path);
    expect(bytes.subarray(0, bytes.length / 2)).toEqual(before.subarray(0, before.length / 2));
    expect(await stateOf(path)).toEqual(filled(3000));
  });

  it('or any other damage leads to a state that was written, or to none', async () => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    const [, after] = await beforeAndAfter(path);
    const bit = fc.nat(after.length * 8 - 1);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(bit, { minLength: 1, maxLength: 4 }), async (bits) => {
        const damaged = Buffer.from(after);
        for (const at of bits) damaged[at >> 3] = (damaged[at >> 3] ?? 0) ^ (1 << (at & 7));
        await writeFile(path, damaged);
        const hit = [0, 1].map((slot) => bits.some((at) => Math.floor((at >> 3) / (after.length / 2)) === slot));
        const expected = hit[1] === false ? newer : hit[0] === false ? older : undefined;
        expect(await stateOf(path)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what is no resume file', () => {
  it.each<[string, (path: string, sound: Buffer) => Promise<void>]>([
    ['missing', (path) => rm(path)],
    ['empty', (path) => writeFile(path, '')],
    ['of an odd length', (path, sound) => writeFile(path, sound.subarray(1))],
    ['cut in half', (path, sound) => writeFile(path, sound.subarray(0, sound.length / 2))],
    ['longer than any', (path) => writeFile(path, Buffer.alloc(4_000_000))],
    ['full of zeros', (path, sound) => writeFile(path, Buffer.alloc(sound.length))],
    ['torn in both slots', (path, sound) => writeFile(path, sound.fill(1, 70_000 - 8, 70_000).fill(1, 100, 108))],
  ])('is not opened: %s', async (_, make) => {
    const path = join(await temporaryFolder(), 'x.part.resume');
    await (await ResumeFile.create(path, resumeState())).close();
    await make(path, await readFile(path));
    expect(await ResumeFile.open(path)).toBeUndefined();
  });

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['a folder', (path) => mkdir(path)],
    ['a link', (path) => symlink('elsewhere', path)],
    ['a pipe', (path) => promisify(execFile)('mkfifo', [path])],
  ])('is neither opened nor replaced: %s', async (_, make) => {
    const folder = await temporaryFolder();
    const path = join(folder, 'x.part.resume');
    await make(path);
    await expect(ResumeFile.open(path)).rejects.toMatchObject({ code: 'DOWNLOAD_NOT_A_FILE' });
    await expect(ResumeFile.create(path, resumeState())).rejects.toMatchObject({ code: 'DOWNLOAD_NOT_A_FILE' });
    expect(await readdir(folder)).toEqual(['x.part.resume']);
  });

  it('is replaced when it is a file, also after a creation that was killed', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'x.part.resume');
    await writeFile(path, 'something else');
    await writeFile(`${path}.new`, 'half a file');
    await (await ResumeFile.create(path, resumeState())).close();
    expect(await stateOf(path)).toEqual(resumeState());
    expect(await readdir(folder)).toEqual(['x.part.resume']);
  });
});

describe.skipIf(!canMount)('on a full disk', () => {
  /** What a program prints that runs where there are 600 KiB. */
  async function onFullDisk(lines: string): Promise<unknown> {
    const program = `
      import { readdirSync, writeFileSync } from 'node:fs';
      const { ResumeFile } = await import(${JSON.stringify(MODULE)});
      const initial = { size: 3, pieceSize: 3, digests: {}, urls: [], clean: false, origins: [],
        pieces: { fill: Uint32Array.of(0), crc: Uint32Array.of(0), origin: Uint16Array.of(0xffff) } };
      const fill = (kib) => writeFileSync('/mnt/filler', Buffer.alloc(kib * 1024));
      ${lines}`;
    const script = 'mount -t tmpfs -o size=600k tmpfs /mnt && exec "$0" --input-type=module -e "$1"';
    const run = promisify(execFile);
    return JSON.parse((await run('unshare', ['-rm', 'sh', '-c', script, process.execPath, program])).stdout);
  }

  it('it cannot be created, and what was there stays', async () => {
    const lines = `
      fill(400);
      await (await ResumeFile.create('/mnt/x', initial)).close();
      const { code } = await ResumeFile.create('/mnt/x', { ...initial, clean: true }).catch((error) => error);
      const { file, state } = await ResumeFile.open('/mnt/x');
      console.log(JSON.stringify({ code, clean: state.clean, names: readdirSync('/mnt').sort() }));`;
    expect(await onFullDisk(lines)).toEqual({ code: 'ENOSPC', clean: false, names: ['filler', 'x'] });
  });

  it('it goes on when it was there before', async () => {
    const lines = `
      const file = await ResumeFile.create('/mnt/x', initial);
      const problem = (() => { try { fill(600); } catch (error) { return error.code; } })();
      for (const fill of [1, 2, 3]) await file.write({ ...initial, pieces: { ...initial.pieces, fill: Uint32Array.of(fill) } });
      await file.close();
      const { state } = await ResumeFile.open('/mnt/x');
      console.log(JSON.stringify({ problem, fill: state.pieces.fill[0] }));`;
    expect(await onFullDisk(lines)).toEqual({ problem: 'ENOSPC', fill: 3 });
  });
});
