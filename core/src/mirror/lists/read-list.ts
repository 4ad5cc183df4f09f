import type { Engine } from '../../engine/engine.ts';
import { failure, isLoopstickError } from '../../engine/errors.ts';
import { MIRROR_ERRORS } from '../mirror-errors.ts';
import { mirrorName } from '../mirror-name.ts';
import { fetchList, type ListLimits } from './fetch-list.ts';
import { unless } from './hurry.ts';
import { KeptLists } from './kept-lists.ts';
import type { ListedMirror } from './listed-mirror.ts';
import { parseList, type ListAddress } from './parse-list.ts';

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Aborted when it is not waited for any longer: what has come later is kept for the next time. */
  readonly hurry: AbortSignal;
  /** Use only what is kept. */
  readonly offline?: boolean | undefined;
  readonly limits?: ListLimits | undefined;
}

/**
 * The mirrors of a list, best first: those that are kept when they are younger than a day, else fetched. A list that
 * cannot be fetched costs a warning; an older copy is used, if there is one, and else there are none. One that comes too
 * late is kept as long as the program runs, and costs a warning when there is no older copy.
 * @throws the signal's reason
 */
export async function readList(
  engine: Engine,
  list: ListAddress,
  { signal, hurry, offline = false, limits }: ReadOptions,
): Promise<readonly ListedMirror[]> {
  const lists = new KeptLists(engine);
  const kept = await lists.find(list);
  const old = kept?.mirrors ?? [];
  if (offline || (kept !== undefined && lists.isFresh(kept))) return old;

  const renew = async (): Promise<readonly ListedMirror[]> => {
    const mirrors = await parseList(await fetchList(engine, list.url, signal, limits), list);
    await lists.keep(list, mirrors);
    return mirrors;
  };
  const renewed = renew().catch((error: unknown) => {
    // Who gives up the whole wants to know nothing more of it.
    if (signal.aborted) return old;
    if (!isLoopstickError(error)) throw error;
    const values = { list: mirrorName(list.url), day: kept?.fetched.toISOString().slice(0, 10) ?? '' };
    engine.events.emit(
      'warning',
      kept === undefined ? error : failure(MIRROR_ERRORS.listOld, values, { cause: error }),
    );
    return old;
  });
  const mirrors = await unless(hurry, renewed);
  signal.throwIfAborted();
  if (mirrors !== undefined) return mirrors;
  // An old one does nearly as well; to have none is worth knowing.
  if (kept === undefined)
    engine.events.emit('warning', failure(MIRROR_ERRORS.listLate, { list: mirrorName(list.url) }));
  return old;
}
