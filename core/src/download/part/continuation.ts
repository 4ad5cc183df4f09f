import type { Validators } from '../../engine/hooks.ts';
import { algorithmsOf, differing } from '../../verify/digests.ts';
import type { DownloadJob } from '../job.ts';
import type { PartFile } from './part-file.ts';
import { PieceMap } from './piece-map.ts';
import { MIXED, NONE, type PieceTable, type ResumeState } from './resume-codec.ts';
import { ResumeFile } from './resume-file.ts';

/** After an orderly end only so many pieces are compared with their checksums; otherwise all of them. */
const SAMPLES = 16;

/** One address that delivered bytes then. */
export interface FormerOrigin {
  readonly url: string;
  /** Where redirects led to, when that was another server. */
  readonly place: string | undefined;
  readonly validators: Validators;
}

/** What an earlier run left that this one can go on with. */
export interface Continuation {
  readonly file: ResumeFile;
  /** With the origins' numbers of that run. */
  readonly map: PieceMap;
  readonly origins: readonly FormerOrigin[];
  /** The same with the numbers of these origins. */
  mapFor(origins: readonly { readonly url: string }[]): PieceMap;
}

/**
 * Reads what an earlier run recorded, and believes only what the part really holds. Undefined when there is nothing to
 * go on with: no record, or one of another file.
 * @param onProgress bytes compared so far, of how many
 * @throws the system's own errors; the signal's reason
 */
export async function continuePart(
  resumePath: string,
  part: PartFile,
  job: DownloadJob,
  options: {
    readonly signal: AbortSignal;
    readonly random: (length: number) => Uint8Array;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<Continuation | undefined> {
  const opened = await ResumeFile.open(resumePath);
  if (opened === undefined) return undefined;
  const { file, state } = opened;
  try {
    if (!isRecordOf(state, job)) {
      await file.close();
      return undefined;
    }
    const map = PieceMap.from(state.size, state.pieceSize, state.pieces);
    await dropMissing(map, part, state.clean, options);
    const origins = state.origins.map(({ url, place, etag, lastModified }) => ({
      ...{ url, place },
      // Only strong dates are recorded.
      validators: { etag, lastModified, dateIsStrong: lastModified !== undefined },
    }));
    return { file, map, origins, mapFor: (now) => renumber(map, state, now) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Whether it is of the file of this job. By digest where both have one, otherwise by address: names say nothing. */
export function isRecordOf(state: ResumeState, job: Pick<DownloadJob, 'size' | 'digests' | 'urls'>): boolean {
  if (job.size !== undefined && job.size !== state.size) return false;
  const shared = algorithmsOf(state.digests).filter((algorithm) => job.digests[algorithm] !== undefined);
  if (shared.length > 0) {
    const theirs = Object.fromEntries(shared.map((algorithm) => [algorithm, state.digests[algorithm]]));
    return differing(theirs, job.digests).length === 0;
  }
  const [first] = job.urls;
  return first !== undefined && state.urls.includes(first);
}

/** Drops pieces whose bytes are not in the file: after a power loss, or when somebody has edited it. */
async function dropMissing(
  map: PieceMap,
  part: PartFile,
  clean: boolean,
  { signal, random, onProgress }: Parameters<typeof continuePart>[3],
): Promise<void> {
  const held = Array.from({ length: map.count }, (_, piece) => piece).filter((piece) => map.fillOf(piece) > 0);
  const size = await part.size();
  const check = async (piece: number): Promise<boolean> => {
    signal.throwIfAborted();
    if (map.startOf(piece) + map.fillOf(piece) <= size && (await part.holds(map, piece))) return true;
    map.drop(piece);
    return false;
  };
  if (clean) {
    const chosen = new Set([held.at(-1), ...sample(held, SAMPLES, random)]);
    const isSound: boolean[] = [];
    for (const piece of chosen) if (piece !== undefined) isSound.push(await check(piece));
    if (isSound.every(Boolean)) return;
  }
  const total = map.done;
  let done = 0;
  for (const piece of held) {
    const length = map.fillOf(piece);
    if (length > 0) await check(piece);
    done += length;
    onProgress(Math.min(done, total), total);
  }
}

function sample(pieces: readonly number[], count: number, random: (length: number) => Uint8Array): number[] {
  const numbers = Buffer.from(random(4 * count));
  return Array.from({ length: count }, (_, index) => pieces[numbers.readUInt32LE(4 * index) % pieces.length]).flatMap(
    (piece) => (piece === undefined ? [] : [piece]),
  );
}

function renumber(map: PieceMap, state: ResumeState, origins: readonly { readonly url: string }[]): PieceMap {
  const numbers = state.origins.map(({ url }) => origins.findIndex((origin) => origin.url === url));
  const table: PieceTable = map.table();
  const origin = table.origin.map((number) => {
    if (number === NONE) return NONE;
    const now = numbers[number];
    // Whoever is not asked any more shares the blame with all.
    return now === undefined || now < 0 ? MIXED : now;
  });
  return PieceMap.from(map.size, map.pieceSize, { ...table, origin });
}
