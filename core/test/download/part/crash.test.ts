import { createHash } from 'node:crypto';
import type * as fs from 'node:fs/promises';
import { crc32 } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import type { DownloadJob } from '../../../src/download/job.ts';
import { continuePart } from '../../../src/download/part/continuation.ts';
import { PartFile } from '../../../src/download/part/part-file.ts';
import { PieceMap } from '../../../src/download/part/piece-map.ts';
import { ResumeFile } from '../../../src/download/part/resume-file.ts';
import { Checkpoint, stateOf } from '../../../src/download/transfer/checkpoint.ts';
import { Hosts } from '../../../src/download/transfer/hosts.ts';
import { Origin } from '../../../src/download/transfer/origin.ts';
import { never } from '../../engine/support.ts';
import { VirtualDisk, type Death } from './virtual-disk.ts';

const current = vi.hoisted((): { disk: VirtualDisk | undefined } => ({ disk: undefined }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const disk = (): VirtualDisk => {
    if (current.disk === undefined) throw new Error('there is no disk');
    return current.disk;
  };
  const open = (path: string, flags: string): Promise<unknown> => disk().open(path, flags);
  const rename = (from: string, to: string): Promise<void> => disk().rename(from, to);
  const rm = (path: string): Promise<void> => disk().rm(path);
  const lstat = (path: string): Promise<unknown> => disk().lstat(path);
  return { ...real, open, rename, rm, lstat };
});

const PART = '/virtual/image.iso.part';
const RESUME = `${PART}.resume`;
const PIECE = 64;
const COUNT = 60;
// The last piece is shorter.
const SIZE = COUNT * PIECE - 10;
const URLS = ['https://one.example/image.iso', 'https://two.example/image.iso'];
const JOB: DownloadJob = { label: 'image', urls: URLS, size: SIZE, digests: {}, destination: '/virtual/image.iso' };

/** What a mirror may send for a piece: another version after the first one was found to be wrong. */
function content(piece: number, version: number): Buffer {
  const seed = createHash('sha512').update(`${piece} ${version}`).digest();
  return seed.subarray(0, Math.min(PIECE, SIZE - piece * PIECE));
}

type Step =
  | { readonly kind: 'write'; readonly piece: number; readonly bytes: number; readonly waits: boolean }
  /** What was there is replaced by another version. */
  | { readonly kind: 'drop'; readonly piece: number }
  | { readonly kind: 'pass'; readonly ms: number }
  /** An orderly end, after which the download goes on. */
  | { readonly kind: 'end' }
  /** The process is killed, and the download goes on. */
  | { readonly kind: 'kill' };

const FULL: readonly Step[] = [{ kind: 'write', piece: 0, bytes: (COUNT - 2) * PIECE, waits: true }, { kind: 'end' }];

const piece = fc.nat(COUNT - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      piece,
      bytes: fc.integer({ min: 1, max: 4 * PIECE }),
      waits: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drop' as const), piece }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 60, 2500) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'end' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'kill' as const }) },
);

/** Half of them go on with a part that is almost full. */
const plan: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.boolean(), fc.array(step, { minLength: 5, maxLength: 40 }))
  .map(([isFull, steps]) => (isFull ? [...FULL, ...steps] : steps));

/** One process at work on the part. */
class Session {
  readonly #part: PartFile;
  readonly #map: PieceMap;
  readonly #checkpoint: Checkpoint;
  readonly #file: ResumeFile;
  readonly #clock: { now: number };
  readonly #versions: number[];
  readonly #using: number[] = [];
  readonly #writing = new Map<number, Promise<void>>();

  constructor(parts: SessionParts) {
    this.#part = parts.part;
    this.#map = parts.map;
    this.#checkpoint = parts.checkpoint;
    this.#file = parts.file;
    this.#clock = parts.clock;
    this.#versions = parts.versions;
  }

  static async begin(versions: number[], random: () => number): Promise<Session> {
    const clock = { now: 0 };
    const hosts = new Hosts({ clock: () => clock.now, now: () => new Date(0), perHost: 4, random: () => 0 });
    const origins = URLS.map((url, index) => new Origin(url, index, hosts.at(url), () => clock.now));
    const part = await PartFile.open(PART);
    const continuation = await continuePart(RESUME, part, JOB, {
      signal: never(),
      random: bytesOf(random),
      onProgress: () => undefined,
    });
    const map = continuation?.mapFor(origins) ?? new PieceMap(SIZE, PIECE);
    if (continuation === undefined) await part.truncate(0);
    const common = { part, map, origins, digests: {} };
    const file = continuation?.file ?? (await ResumeFile.create(RESUME, stateOf(common, URLS, true)));
    const checkpoint = new Checkpoint(file, { ...common, clock: () => clock.now });
    const session = new Session({ part, map, file, checkpoint, clock, versions });
    for (let at = 0; at < COUNT; at++) session.#using[at] = await versionOf(part, map, at, versions);
    return session;
  }

  async take(next: Step): Promise<void> {
    if (next.kind === 'pass') {
      this.#clock.now += next.ms;
      this.#checkpoint.touch();
    } else if (next.kind === 'drop') {
      if (this.#writing.has(next.piece)) return;
      this.#map.drop(next.piece);
      const version = (this.#versions[next.piece] ?? 0) + 1;
      this.#versions[next.piece] = version;
      this.#using[next.piece] = version;
    } else if (next.kind === 'write') {
      const writes: Promise<void>[] = [];
      for (let left = next.bytes, at = next.piece; left > 0 && at < COUNT; at++) {
        const length = Math.min(left, this.#map.lengthOf(at) - this.#map.fillOf(at));
        left -= PIECE;
        if (length > 0 && !this.#writing.has(at)) writes.push(this.#write(at, length));
      }
      if (next.waits) await Promise.all(writes);
    }
  }

  async #write(piece: number, length: number): Promise<void> {
    const fill = this.#map.fillOf(piece);
    const bytes = content(piece, this.#using[piece] ?? 0).subarray(fill, fill + length);
    const start = this.#map.startOf(piece) + fill;
    this.#map.accept(piece, length, 0, crc32(bytes, fill === 0 ? 0 : this.#map.crcOf(piece)));
    const writing = this.#part.write([bytes], start).then(() => {
      this.#writing.delete(piece);
      this.#map.wrote(start, start + length);
      this.#checkpoint.touch();
    });
    this.#writing.set(piece, writing);
    await writing;
  }

  /** The pieces that are whole, with their last versions. */
  get complete(): ReadonlyMap<number, number> {
    const whole = [...this.#versions.entries()].filter(([at]) => this.#map.isDone(at));
    return new Map(whole);
  }

  async end(): Promise<void> {
    await this.#part.settle();
    await Promise.all(this.#writing.values());
    await this.#checkpoint.finish();
    await this.#file.close();
    await this.#part.close();
  }

  /** Waits for what the system has been given, without the last word of an orderly end. */
  async stop(): Promise<void> {
    await Promise.all(this.#writing.values());
    await this.#checkpoint.settle();
  }
}

interface SessionParts {
  readonly part: PartFile;
  readonly map: PieceMap;
  readonly file: ResumeFile;
  readonly checkpoint: Checkpoint;
  readonly clock: { now: number };
  readonly versions: number[];
}

/** What is safe from a moment on, for as long as it is not dropped: pieces and the version that was the last then. */
interface Promised {
  readonly from: number;
  readonly pieces: ReadonlyMap<number, number>;
}

/** Runs the steps on an empty disk. Returns since when the resume file is there, and what orderly ends have promised. */
async function play(
  disk: VirtualDisk,
  steps: readonly Step[],
  versions: number[],
  random: () => number,
): Promise<{ created: number; promises: readonly Promised[] }> {
  current.disk = disk;
  let session = await Session.begin(versions, random);
  const created = disk.time;
  const promises: Promised[] = [];
  for (const next of steps) {
    if (next.kind === 'end' || next.kind === 'kill') {
      await (next.kind === 'end' ? session.end() : session.stop());
      if (next.kind === 'end') promises.push({ from: disk.time, pieces: session.complete });
      session = await Session.begin(versions, random);
    } else {
      await session.take(next);
    }
  }
  await session.stop();
  return { created, promises };
}

/** Opens what a crash has left. Every byte that is counted has to be there. Undefined when there is no record. */
async function resume(
  disk: VirtualDisk,
  versions: readonly number[],
  random: () => number,
): Promise<PieceMap | undefined> {
  current.disk = disk;
  const part = await PartFile.open(PART);
  const options = { signal: never(), random: bytesOf(random), onProgress: () => undefined };
  const continuation = await continuePart(RESUME, part, JOB, options);
  if (continuation === undefined) return undefined;
  for (let at = 0; at < COUNT; at++) await versionOf(part, continuation.map, at, versions);
  return continuation.map;
}

/** Which version of a piece is there, as far as it is counted; the last one when nothing is. */
async function versionOf(part: PartFile, map: PieceMap, at: number, versions: readonly number[]): Promise<number> {
  const bytes = await part.read(map.startOf(at), map.fillOf(at));
  for (let version = versions[at] ?? 0; version >= 0; version--) {
    if (bytes.length === map.fillOf(at) && content(at, version).subarray(0, bytes.length).equals(bytes)) return version;
  }
  throw new Error(`piece ${at} is counted and not there`);
}

/** Even numbers from 0 to 1 (mulberry32): those of fast-check keep to the ends of a range. */
function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function bytesOf(random: () => number): (length: number) => Uint8Array {
  return (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

describe.each<Death>(['process', 'machine'])('when the %s dies', (death) => {
  it(
    'nothing is counted that is not there, and nothing lost that was promised, at whatever moment',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(plan, fc.nat(), async (steps, seed) => {
          const random = chanceFrom(seed);
          const versions = new Array<number>(COUNT).fill(0);
          const disk = new VirtualDisk();
          const { created, promises } = await play(disk, steps, versions, random);
          for (let time = 0; time <= disk.time; time += 1 + Math.floor(random() * 4)) {
            const map = await resume(disk.after(time, death, random), versions, random);
            // From its creation on there is always a state that can be read.
            expect(map !== undefined || time < created).toBe(true);
            for (const { from, pieces } of promises) {
              if (from > time) continue;
              const kept = [...pieces].filter(([at, version]) => version === versions[at]);
              expect(kept.filter(([at]) => map?.isDone(at) !== true)).toEqual([]);
            }
          }
        }),
        { numRuns: 40 },
      );
    },
  );
});
