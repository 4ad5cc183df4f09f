import { isLoopstickError, type LoopstickError } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { MIXED } from '../part/resume-codec.ts';
import type { PieceMap } from '../part/piece-map.ts';
import { IDENTITY_CODES } from './failures.ts';
import type { Origin } from './origin.ts';

/** What has to be done to find out who delivered wrong bytes. */
export interface Bench {
  readonly map: PieceMap;
  readonly origins: readonly Origin[];
  /** Fetches the gaps from those origins that are not out. @throws LoopstickError DOWNLOAD_ALL_MIRRORS_FAILED */
  refill(): Promise<void>;
  /** Whether the whole file has its digests now. */
  isRight(): Promise<boolean>;
  /** Whether samples of what `suspect` delivered are what `witness` has. @throws LoopstickError of the witness */
  agrees(suspect: Origin, witness: Origin): Promise<boolean>;
  /** Why an origin is out that delivered wrong bytes. */
  verdict(origin: Origin): LoopstickError;
}

/**
 * The file is complete and wrong. Finds the origin that delivered wrong bytes and replaces what it delivered with what
 * others have: ranges, not the file. Samples show quickly who delivers something else altogether; a single wrong byte
 * is found by replacing one origin's share after the other's, the smallest first.
 *
 * @returns the origins that were convicted, when the file is right now; undefined when nobody could make it right
 */
export async function convict(bench: Bench): Promise<readonly Origin[] | undefined> {
  const tried = new Set<Origin>();
  /** Pieces that two origins have delivered with the same bytes. */
  const confirmed = new Set<number>();
  for (;;) {
    const suspect = await nextSuspect(bench, tried);
    if (suspect === undefined) return await fromOneAlone(bench);
    tried.add(suspect);
    const others = bench.origins.filter((origin) => origin !== suspect && isWitness(origin));
    if (others.length === 0) return (await changedItsFile(bench, suspect)) ? [] : await fromOneAlone(bench);
    suspect.out = bench.verdict(suspect);
    const before = dropShare(bench.map, suspect, confirmed);
    if ((await refilled(bench)) && (await bench.isRight())) return [suspect];
    for (const [piece, crc] of before) {
      if (bench.map.isDone(piece) && bench.map.crcOf(piece) === crc && bench.map.originOf(piece) !== MIXED)
        confirmed.add(piece);
    }
    // It made no difference, or not enough: it may help to prove others guilty.
    suspect.out = undefined;
    suspect.failures = 0;
  }
}

/** The last resort: each origin that is left is given the chance to deliver the whole file. */
async function fromOneAlone(bench: Bench): Promise<readonly Origin[] | undefined> {
  const { map, origins } = bench;
  const left = origins.filter(({ out }) => out === undefined || IDENTITY_CODES.has(out.code));
  for (const alone of left) {
    const others = left.filter((origin) => origin !== alone);
    const foreign = Array.from({ length: map.count }, (_, piece) => piece).filter(
      (piece) => map.originOf(piece) !== alone.index,
    );
    if (foreign.length === 0) continue;
    for (const origin of others) origin.out = bench.verdict(origin);
    for (const piece of foreign) map.drop(piece);
    alone.out = undefined;
    alone.failures = 0;
    const isRight = (await refilled(bench)) && (await bench.isRight());
    for (const origin of others) origin.out = undefined;
    if (isRight) return others;
  }
  return undefined;
}

async function refilled(bench: Bench): Promise<boolean> {
  try {
    await bench.refill();
    return true;
  } catch (error) {
    if (!isLoopstickError(error, DOWNLOAD_ERRORS.allMirrorsFailed.code)) throw error;
    return false;
  }
}

/**
 * Nobody else can be asked. If it has other bytes now than those that it sent, its file was changed meanwhile, and the
 * new one may be right as a whole.
 */
async function changedItsFile(bench: Bench, origin: Origin): Promise<boolean> {
  if (await bench.agrees(origin, origin).catch(() => true)) return false;
  for (let piece = 0; piece < bench.map.count; piece++) bench.map.drop(piece);
  origin.forget();
  return (await refilled(bench)) && (await bench.isRight());
}

async function nextSuspect(bench: Bench, tried: ReadonlySet<Origin>): Promise<Origin | undefined> {
  const { map, origins } = bench;
  const shares = sharesOf(map, origins);
  const contributors = origins
    .filter((origin) => (shares.get(origin) ?? 0) > 0 && !tried.has(origin))
    .sort((a, b) => (shares.get(a) ?? 0) - (shares.get(b) ?? 0));
  for (const suspect of contributors.slice(0, -1)) {
    const witness = origins.find((origin) => origin !== suspect && isWitness(origin) && !tried.has(origin));
    if (witness === undefined) continue;
    if (!(await bench.agrees(suspect, witness).catch(() => true))) return suspect;
  }
  // Pieces of nobody in particular can only be replaced together with somebody's.
  return (
    contributors[0] ?? (hasMixed(map) ? origins.find((origin) => isWitness(origin) && !tried.has(origin)) : undefined)
  );
}

/** Somebody who asked for patience is not asked for samples. */
function isWitness({ out, host }: Origin): boolean {
  return out === undefined && host.parkedFor() === 0;
}

/** Returns the checksums of what was dropped. */
function dropShare(map: PieceMap, { index }: Origin, confirmed: ReadonlySet<number>): Map<number, number> {
  const dropped = new Map<number, number>();
  for (let piece = 0; piece < map.count; piece++) {
    const origin = map.originOf(piece);
    if (confirmed.has(piece) || (origin !== index && origin !== MIXED)) continue;
    dropped.set(piece, map.crcOf(piece));
    map.drop(piece);
  }
  return dropped;
}

function sharesOf(map: PieceMap, origins: readonly Origin[]): Map<Origin, number> {
  const shares = new Map<Origin, number>();
  for (let piece = 0; piece < map.count; piece++) {
    const origin = origins[map.originOf(piece)];
    if (origin !== undefined) shares.set(origin, (shares.get(origin) ?? 0) + map.fillOf(piece));
  }
  return shares;
}

function hasMixed(map: PieceMap): boolean {
  for (let piece = 0; piece < map.count; piece++) if (map.originOf(piece) === MIXED) return true;
  return false;
}
