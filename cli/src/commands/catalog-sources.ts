import { sourceStates, type SourceState } from '@loopstick/core';

import { ageOf } from '../output/sync-words.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

export async function catalogSources(session: Session): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const sources = await sourceStates(engine, signal);
  const now = engine.context.now();
  terminal.document(sources);
  const rows = sources.map((state) => [
    state.source,
    state.layer,
    state.version,
    state.images === undefined ? '-' : String(state.images),
    isLocal(state) ? 'comes with it' : ageOf(state.confirmed, now),
    isLocal(state) || state.due === undefined ? '-' : dueIn(state.due, now),
  ]);
  for (const line of table(['SOURCE', 'LAYER', 'VERSION', 'IMAGES', 'CONFIRMED', 'NEXT'], rows)) terminal.data(line);
  for (const { source, error, expires } of sources) {
    if (error !== undefined) terminal.data(`${source}: ${error.message}`, 'red');
    if (expires !== undefined && Date.parse(expires) <= now.getTime()) {
      terminal.data(`${source}: out of date since ${expires}`, 'yellow');
    }
  }
}

function isLocal({ layer }: SourceState): boolean {
  return layer === 'embedded' || layer === 'custom';
}

function dueIn(due: string, now: Date): string {
  const hours = Math.ceil((Date.parse(due) - now.getTime()) / 3_600_000);
  return hours <= 0 ? 'now' : `in ${hours} h`;
}
