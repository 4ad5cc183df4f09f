import {
  failure,
  isLoopstickError,
  isRefreshDue,
  syncCatalog,
  SYNC_ERRORS,
  type Engine,
  type SourceSync,
} from '@loopstick/core';

import { ageOf, syncLine, syncObject } from '../output/sync-words.ts';
import type { Terminal } from '../output/terminal.ts';
import type { Session } from '../session.ts';

interface SyncWishes {
  readonly source?: readonly string[];
  readonly requireFresh?: boolean;
  readonly offline?: boolean;
  readonly acceptLoss?: boolean;
  readonly background?: boolean;
}

export async function catalogSync(session: Session, _: readonly string[], wishes: SyncWishes): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  if (wishes.background === true) {
    await quietly(engine, signal);
    return;
  }
  const now = engine.context.now();
  if (wishes.offline !== true) follow(engine, terminal);
  const seen = new Map<string, SourceSync>();
  engine.events.on('sync', (status) => seen.set(status.source, status));
  let sources: readonly SourceSync[];
  try {
    const { source, offline, acceptLoss } = wishes;
    ({ sources } = await syncCatalog(engine, { signal, sources: source, offline, acceptLoss }));
  } catch (error) {
    // A full disk ends it for all sources: what had come of them until then is what there is to say.
    if (!isLoopstickError(error) && !signal.aborted) {
      terminal.document({ fresh: false, sources: [...seen.values()].filter(isDone).map(syncObject) });
    }
    throw error;
  } finally {
    terminal.status([]);
  }
  if (wishes.offline === true) for (const status of sources) terminal.data(...syncLine(status, now));
  terminal.document({ fresh: sources.every(({ fresh }) => fresh), sources: sources.map(syncObject) });
  if (sources.length === 0)
    terminal.note('No catalog source is on the web: the catalog is what came with the plugins.');
  judge(sources, wishes, now);
}

function isDone({ state }: SourceSync): boolean {
  return state !== 'reading';
}

/** A line for each source when it is done; while it is asked, one that goes away again. */
function follow({ events, context }: Engine, terminal: Terminal): void {
  const running = new Set<string>();
  events.on('sync', (status) => {
    terminal.event('sync', syncObject(status));
    if (status.state === 'reading') {
      running.add(status.source);
    } else {
      running.delete(status.source);
      terminal.data(...syncLine(status, context.now()));
    }
    if (terminal.interactive) terminal.status([...running].slice(0, terminal.rows - 1).map((name) => `${name}  …`));
  });
}

/** Several commands may have started it: one of them does it. */
async function quietly(engine: Engine, signal: AbortSignal): Promise<void> {
  if (!(await isRefreshDue(engine))) return;
  try {
    await syncCatalog(engine, { signal, waitMs: 0 });
  } catch (error) {
    if (!isLoopstickError(error, SYNC_ERRORS.busy.code)) throw error;
  }
}

/**
 * @throws LoopstickError CATALOG_NOT_FRESH, CATALOG_NOTHING_KNOWN, CATALOG_SYNC_FAILED, or what is wrong with the only
 *   source
 */
function judge(sources: readonly SourceSync[], { requireFresh, offline }: SyncWishes, now: Date): void {
  const stale = sources.filter(({ fresh }) => !fresh);
  if (requireFresh === true && stale.length > 0) {
    const names = stale.map(({ source, confirmed }) => `${source} (${ageOf(confirmed, now)})`).join(', ');
    throw failure(SYNC_ERRORS.notFresh, { sources: names });
  }
  if (offline === true && sources.length > 0 && sources.every(({ confirmed }) => confirmed === undefined)) {
    throw failure(SYNC_ERRORS.nothingKnown, { sources: sources.map(({ source }) => source).join(', ') });
  }
  const errors = sources.map(({ error }) => error).filter((error) => error !== undefined);
  const [error] = errors;
  if (offline === true || error === undefined || errors.length < sources.length) return;
  if (errors.length === 1) throw error;
  throw failure(SYNC_ERRORS.allFailed, { sources: sources.map(({ source }) => source).join(', ') });
}
