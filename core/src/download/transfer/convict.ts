import { isLoopstickError, type LoopstickError } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { PieceMap } from '../part/piece-map.ts';
import { Examination } from './examination.ts';
import { IDENTITY_CODES } from './failures.ts';
import { canTestify } from './hearing.ts';
import type { Origin } from './origin.ts';

/** What has to be done to find out who delivered wrong bytes. */
export interface Bench {
  readonly map: PieceMap;
  readonly origins: readonly Origin[];
  /** From 0 to 1. */
  random(): number;
  /** Whether the bytes of a piece that are in the file are those that have come. */
  holds(piece: number): Promise<boolean>;
  /** Asks those who are not out for single pieces. Returns whether the whole file has its digests now. */
  examine(examination: Examination): Promise<boolean>;
  /** Puts what an origin was heard to have into the file, whatever the others have. */
  believe(examination: Examination, origin: Origin): Promise<void>;
  /** Fetches the gaps from those origins that are not out. @throws LoopstickError DOWNLOAD_ALL_MIRRORS_FAILED */
  refill(): Promise<void>;
  /** Whether the whole file has its digests now. */
  isRight(): Promise<boolean>;
  /** Whether samples of what an origin has sent are what it has now. @throws LoopstickError of the mirror */
  isUnchanged(origin: Origin): Promise<boolean>;
  /** Why an origin is out that delivered wrong bytes. */
  verdict(origin: Origin): LoopstickError;
}

/**
 * The file is complete and wrong. Finds the origins that delivered wrong bytes and replaces what they delivered with
 * what others have: pieces, not the file (docs/decisions/0024).
 *
 * @returns the origins that were convicted, maybe none, when the file is right now; undefined when nobody could make it so
 */
export async function convict(bench: Bench): Promise<readonly Origin[] | undefined> {
  if (await isDamaged(bench)) {
    if ((await refilled(bench)) && (await bench.isRight())) return [];
    if (!bench.map.complete) return undefined;
  }
  const examination = new Examination(bench.map, () => bench.random());
  for (let before = -1; before !== bench.map.dropped;) {
    before = bench.map.dropped;
    if (await bench.examine(examination)) return sendersOfWrong(bench, examination);
  }
  const [only, ...others] = bench.origins.filter(({ out }) => out === undefined);
  if (only !== undefined && others.length === 0 && (await changedItsFile(bench, only))) return [];
  for (const origin of candidates(bench, examination)) {
    if (await isRightAlone(bench, examination, origin)) return sendersOfWrong(bench, examination);
  }
  return undefined;
}

/** Whether the file is not what has come: somebody or something else has changed it. Drops what was changed. */
async function isDamaged({ map, holds }: Bench): Promise<boolean> {
  const { dropped } = map;
  for (let piece = 0; piece < map.count; piece++) if (!(await holds(piece))) map.drop(piece);
  return map.dropped !== dropped;
}

/**
 * Those who may have another file than the one that is here, who lack the least of it first: nobody could decide, or
 * those who agreed with each other were wrong, or they could not be asked for single pieces.
 */
function candidates({ map, origins }: Bench, examination: Examination): readonly Origin[] {
  const differs = (origin: Origin): boolean =>
    examination.parties.has(origin.index) || (origin.out === undefined ? !canTestify(origin) : isOutForItsFile(origin));
  const lacked = new Map(
    origins.map((origin) => [
      origin,
      examination.lackedBy(origin.index).reduce((sum, piece) => sum + map.lengthOf(piece), 0),
    ]),
  );
  return origins.filter(differs).sort((a, b) => (lacked.get(a) ?? 0) - (lacked.get(b) ?? 0));
}

function isOutForItsFile({ out }: Origin): boolean {
  return out !== undefined && IDENTITY_CODES.has(out.code);
}

/** Makes the file what one origin has, and looks whether that is right. */
async function isRightAlone(bench: Bench, examination: Examination, alone: Origin): Promise<boolean> {
  const { origins } = bench;
  if (alone.out !== undefined && !isOutForItsFile(alone)) return false;
  const before = new Map(origins.map((origin) => [origin, origin.out]));
  let isRight = false;
  for (const origin of origins) origin.out ??= origin === alone ? undefined : bench.verdict(origin);
  alone.out = undefined;
  alone.failures = 0;
  try {
    await bench.believe(examination, alone);
    isRight = await bench.examine(examination);
    const lacked = isRight ? [] : examination.lackedBy(alone.index);
    if (lacked.length > 0) {
      // Who sends whole files only, or has to be waited for.
      for (const piece of lacked) examination.drop(piece);
      isRight = (await refilled(bench)) && (await bench.isRight());
      for (const piece of lacked) examination.refetched(piece);
    }
  } finally {
    for (const origin of origins) if (origin !== alone) origin.out = before.get(origin);
    if (!isRight) alone.out ??= before.get(alone);
  }
  return isRight;
}

/** The file is right now, and shows who has sent something else: they are out. */
function sendersOfWrong({ map, origins, verdict }: Bench, { evidence }: Examination): readonly Origin[] {
  const wrong = new Set(evidence.flatMap(({ piece, sender, crc }) => (crc === map.crcOf(piece) ? [] : [sender])));
  const convicted = origins.filter(({ index, out }) => out === undefined && wrong.has(index));
  for (const origin of convicted) origin.out = verdict(origin);
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
  if (await bench.isUnchanged(origin).catch(() => true)) return false;
  for (let piece = 0; piece < bench.map.count; piece++) bench.map.drop(piece);
  origin.forget();
  return (await refilled(bench)) && (await bench.isRight());
}
