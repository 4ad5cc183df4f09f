import { failure, syncCatalog, SYNC_ERRORS, type SourceSync } from '@loopstick/core';

import { ageOf, syncLine, syncObject } from '../output/sync-words.ts';
import type { Session } from '../session.ts';

interface SyncWishes {
  readonly source?: readonly string[];
  readonly requireFresh?: boolean;
  readonly offline?: boolean;
  readonly acceptLoss?: boolean;
}

export async function catalogSync(session: Session, _: readonly string[], wishes: SyncWishes): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const now = engine.context.now();
  const width = { source: 0 };
  const running = new Set<string>();
  const show = (): void => {
    if (terminal.interactive) terminal.status([...running].map((name) => `${name}  …`));
  };
  engine.events.on('sync', (status) => {
    width.source = Math.max(width.source, status.source.length);
    if (status.state === 'reading') running.add(status.source);
    else running.delete(status.source);
    terminal.event('sync', syncObject(status));
    if (status.state !== 'reading') {
      const [line, format] = syncLine(status, now, width.source);
      terminal.data(line, format);
    }
    show();
  });
  const { sources } = await syncCatalog(engine, {
    signal,
    sources: wishes.source,
    offline: wishes.offline,
    acceptLoss: wishes.acceptLoss,
  });
  terminal.status([]);
  terminal.document({ fresh: sources.every(({ fresh }) => fresh), sources: sources.map(syncObject) });
  if (sources.length === 0)
    terminal.note('There is no catalog source on the web; the catalog is what came with the plugins.');
  judge(sources, wishes, now);
}

/** @throws LoopstickError CATALOG_NOT_FRESH, CATALOG_SYNC_FAILED, or what is wrong with the only source */
function judge(sources: readonly SourceSync[], { requireFresh, offline }: SyncWishes, now: Date): void {
  const stale = sources.filter(({ fresh }) => !fresh);
  if (requireFresh === true && stale.length > 0) {
    const names = stale.map((status) => `${status.source} (${ageOf(status.confirmed, now)})`).join(', ');
    throw failure(SYNC_ERRORS.notFresh, { sources: names });
  }
  const errors = sources.map(({ error }) => error).filter((error) => error !== undefined);
  if (offline === true || errors.length < sources.length) return;
  const [error, ...more] = errors;
  if (error === undefined) return;
  throw more.length === 0
    ? error
    : failure(SYNC_ERRORS.allFailed, { sources: sources.map(({ source }) => source).join(', ') });
}
