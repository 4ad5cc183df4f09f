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
 * @returns the origins that were convicted, maybe none, when the file is right now; undefined when nobody could make it so
 */
export async function convict(bench: Bench): Promise<readonly Origin[] | undefined> {
  const tried = new Set<Origin>();
  /** Pieces that two origins have delivered with the same bytes. */
  const confirmed = new Set<number>();
  const evidence: Evidence[] = [];
  for (;;) {
    const suspect = await nextSuspect(bench, tried);
    if (suspect === undefined) return await fromOneAlone(bench, evidence);
    tried.add(suspect);
    const others = bench.origins.filter((origin) => origin !== suspect && isWitness(origin));
    if (others.length === 0) return (await changedItsFile(bench, suspect)) ? [] : await fromOneAlone(bench, evidence);
    suspect.out = bench.verdict(suspect);
    const share = piecesOf(bench.map, suspect, confirmed);
    const before = drop(bench.map, share);
    evidence.push(...before);
    if ((await refilled(bench)) && (await bench.isRight())) {
      suspect.out = undefined;
      return sendersOfWrong(bench, evidence);
    }
    for (const { piece, crc } of before) {
      if (bench.map.isDone(piece) && bench.map.crcOf(piece) === crc && bench.map.originOf(piece) !== MIXED)
        confirmed.add(piece);
    }
    // It made no difference, or not enough: it may help to prove others guilty.
    suspect.out = undefined;
    suspect.failures = 0;
  }
}

/** What was dropped: a piece, the number of the origin that sent it, and its checksum. */
interface Evidence {
  readonly piece: number;
  readonly sender: number;
  readonly crc: number;
}

/** The last resort: each origin that is left is given the chance to deliver the whole file. */
async function fromOneAlone(bench: Bench, dropped: readonly Evidence[]): Promise<readonly Origin[] | undefined> {
  const { map, origins } = bench;
  const evidence = [...dropped];
  const left = origins.filter(({ out }) => out === undefined || IDENTITY_CODES.has(out.code));
  const before = new Map(left.map((origin) => [origin, origin.out]));
  for (const alone of left) {
    const others = left.filter((origin) => origin !== alone);
    const foreign = Array.from({ length: map.count }, (_, piece) => piece).filter(
      (piece) => map.originOf(piece) !== alone.index,
    );
    if (foreign.length === 0) continue;
    for (const origin of others) origin.out = bench.verdict(origin);
    evidence.push(...drop(map, foreign));
    alone.out = undefined;
    alone.failures = 0;
    const isRight = (await refilled(bench)) && (await bench.isRight());
    for (const origin of others) origin.out = before.get(origin);
    if (isRight) return sendersOfWrong(bench, evidence);
    alone.out ??= before.get(alone);
  }
  return undefined;
}

/** The file is right now, and every piece that was dropped before shows who had sent it wrong: they are out. */
function sendersOfWrong(bench: Bench, evidence: readonly Evidence[]): readonly Origin[] {
  const { map, origins } = bench;
  const wrong = new Set(evidence.flatMap(({ piece, sender, crc }) => (crc === map.crcOf(piece) ? [] : [sender])));
  const convicted = origins.filter(({ index, out }) => out === undefined && wrong.has(index));
  for (const origin of convicted) origin.out = bench.verdict(origin);
  return convicted;
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

/** What an origin has sent, and what nobody in particular has. */
function piecesOf(map: PieceMap, { index }: Origin, confirmed: ReadonlySet<number>): number[] {
  return Array.from({ length: map.count }, (_, piece) => piece).filter((piece) => {
    const sender = map.originOf(piece);
    return !confirmed.has(piece) && (sender === index || sender === MIXED);
  });
}

function drop(map: PieceMap, pieces: readonly number[]): Evidence[] {
  return pieces.map((piece) => {
    // Half a piece has another checksum than the whole, and proves nothing.
    const sender = map.isDone(piece) ? map.originOf(piece) : MIXED;
    const evidence = { piece, sender, crc: map.crcOf(piece) };
    map.drop(piece);
    return evidence;
  });
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
