import {
  failure,
  hostMatcher,
  namedHost,
  openMirrorMemory,
  type MirrorHistory,
  type OpenMirrorMemory,
} from '@loopstick/core';

import { CLI_ERRORS, NO_NAME } from '../cli-errors.ts';
import { historyDocument } from '../output/mirror-words.ts';
import type { Session } from '../session.ts';
import { writeNew } from '../write-new.ts';

export async function mirrorsForget(
  session: Session,
  words: readonly string[],
  { all = false }: { readonly all?: boolean },
): Promise<void> {
  if (all === words.length > 0) {
    const problem = 'say what to forget: hosts, or --all';
    throw failure(CLI_ERRORS.usage, { problem, command: 'loopstick mirrors forget' });
  }
  const isMeant = hostMatcher(words.map(namedHost));
  await withMemory(session, (memory) => {
    const known = memory.list().map(([mirror]) => mirror);
    const forgotten = all ? known : known.filter((mirror) => isMeant(mirror) >= 0);
    if (all) memory.forget();
    else for (const mirror of forgotten) memory.forget(mirror);
    session.terminal.document({ forgotten });
    if (forgotten.length === 0) session.terminal.note('Nothing was remembered of that.');
    else session.terminal.data(`Forgotten: ${all ? countOf(forgotten.length) : forgotten.join(', ')}`);
  });
}

export async function mirrorsExport(
  session: Session,
  _args: readonly string[],
  { output }: { readonly output?: string },
): Promise<void> {
  const { terminal } = session;
  if (output === '') throw failure(CLI_ERRORS.usage, { problem: NO_NAME, command: 'loopstick mirrors export' });
  const engine = await session.engine();
  const known = await withMemory(session, (memory) => memory.list());
  const mirrors = known.map(([mirror, history]: readonly [string, MirrorHistory]) => ({
    mirror,
    ...historyDocument(history),
  }));
  const document = { exportedAt: engine.context.now(), mirrors };
  const text = JSON.stringify(document, null, 2);
  if (output === undefined || output === '-') {
    terminal.document(document);
    for (const line of text.split('\n')) terminal.data(line);
    return;
  }
  // Whom somebody downloads from is nobody else's business.
  await writeNew(output, `${text}\n`, 0o600);
  terminal.document({ file: output, mirrors: mirrors.length });
  terminal.data(`Written to ${output}: ${countOf(mirrors.length)}`);
}

async function withMemory<T>(session: Session, work: (memory: OpenMirrorMemory) => T): Promise<T> {
  const memory = await openMirrorMemory(await session.engine(), { needed: true });
  try {
    return work(memory);
  } finally {
    memory.close();
  }
}

function countOf(mirrors: number): string {
  return mirrors === 1 ? '1 mirror' : `${mirrors} mirrors`;
}
