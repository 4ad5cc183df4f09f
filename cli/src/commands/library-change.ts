/** The commands that change what is in the library. */
import { rm } from 'node:fs/promises';

import {
  addFile,
  chooseFiles,
  collectGarbage,
  failure,
  formatBytes,
  LIBRARY_ERRORS,
  libraryContents,
  listLibrary,
  planCollection,
  removeFromLibrary,
  type Collectable,
  type CollectReason,
  type LibraryFile,
  type LinkWay,
} from '@loopstick/core';

import { CLI_ERRORS } from '../cli-errors.ts';
import { showProgress } from '../output/progress.ts';
import { table } from '../output/table.ts';
import { confirm } from '../prompt.ts';
import type { Session } from '../session.ts';
import { count, localCatalog, short } from './library.ts';

export async function libraryAdd(
  session: Session,
  words: readonly string[],
  { link }: { readonly link?: LinkWay },
): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const catalog = await localCatalog(engine, signal);
  const stop = showProgress(engine.events, terminal);
  try {
    const added = [];
    for (const word of words) added.push({ from: word, ...(await addFile(engine, word, { catalog, link, signal })) });
    stop();
    terminal.document(added.map(({ entry, ...rest }) => ({ ...rest, image: entry?.image.id ?? null })));
    const rows = added.map(({ from, by, size, sha256, entry }) => [
      from,
      formatBytes(size),
      short(sha256),
      entry?.image.id ?? 'not in the catalog',
      HOW[by],
    ]);
    for (const line of table(['FILE', 'SIZE', 'SHA-256', 'IMAGE', ''], rows)) terminal.data(line);
  } finally {
    stop();
  }
}

const HOW = {
  reflink: 'added, shares its blocks',
  hard: 'added as a second name (hard link)',
  copy: 'added as a copy',
  present: 'was there already',
} as const;

interface Sure {
  readonly yes?: boolean;
}

export async function libraryRemove(session: Session, words: readonly string[], options: Sure): Promise<void> {
  const { terminal } = session;
  const engine = await session.engine();
  const { files, setAside } = await listLibrary(engine);
  const chosen = chooseFiles([...files, ...setAside], words);
  for (const { file, size, sha256 } of chosen) terminal.note(`${file} (${formatBytes(size)}, ${short(sha256)})`);
  if (!(await isSure(session, `Remove ${count(chosen.length, 'file')} from the library?`, options))) return;
  const removed: LibraryFile[] = [];
  const busy: typeof chosen = [];
  for (const each of chosen) {
    if (!('recorded' in each)) await rm(each.path, { force: true });
    else if (!(await removeFromLibrary(engine, each))) busy.push(each);
    if (!busy.includes(each)) removed.push(each);
  }
  const asDocument = ({ path, sha256 }: LibraryFile): object => ({ path, sha256 });
  terminal.document({ removed: removed.map(asDocument), busy: busy.map(asDocument) });
  terminal.data(`Removed: ${count(removed.length, 'file')}.`);
  requireIdle(busy);
}

interface GcOptions extends Sure {
  readonly keepLatest?: string;
  readonly unknown?: boolean;
  readonly dryRun?: boolean;
}

export async function libraryGc(session: Session, _words: readonly string[], options: GcOptions): Promise<void> {
  const { terminal, signal } = session;
  const keepLatest = atLeastOne(options.keepLatest);
  const engine = await session.engine();
  const catalog = await localCatalog(engine, signal);
  const choice = { keepLatest, unknown: options.unknown };
  const plan = planCollection(await libraryContents(engine), catalog, choice, engine.context.now());
  const frees = plan.reduce((sum, { item }) => sum + item.frees, 0);
  const rows = plan.map((each) => [
    each.item.file,
    formatBytes(each.item.frees),
    short(each.item.sha256),
    REASONS[each.reason],
  ]);
  if (plan.length > 0) for (const line of table(['FILE', 'FREES', 'SHA-256', 'WHY'], rows)) terminal.data(line);

  const isReal = options.dryRun !== true && (plan.length === 0 || (await isSure(session, 'Remove them?', options)));
  const { removed, busy } = isReal ? await collectGarbage(engine, plan, { signal }) : { removed: [], busy: [] };
  const freed = removed.reduce((sum, { item }) => sum + item.frees, 0);
  terminal.document({ planned: plan.map(describePlan), removed: removed.map(describePlan), frees, freed });
  if (plan.length === 0) terminal.data('Nothing to remove.');
  else if (isReal) terminal.data(`Removed: ${removed.length} of ${plan.length}; ${formatBytes(freed)} are free again.`);
  else terminal.data(`Nothing was removed; it would free ${formatBytes(frees)}.`);
  requireIdle(busy.map(({ item }) => item));
}

const REASONS: Readonly<Record<CollectReason, string>> = {
  superseded: 'there are newer versions',
  unknown: 'not in the catalog',
  changed: 'set aside, because it was changed',
  abandoned: 'an unfinished download that nothing needs',
};

function describePlan({ kind, reason, item: { path, sha256, frees } }: Collectable): object {
  return { kind, reason, path, sha256, frees };
}

/** @throws LoopstickError CLI_USAGE */
function atLeastOne(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,8}$/.test(text)) return text === undefined ? undefined : Number(text);
  const problem = `--keep-latest takes a number, at least 1, and not "${text}"`;
  throw failure(CLI_ERRORS.usage, { problem, command: 'loopstick library gc' });
}

/**
 * Asks on a terminal; elsewhere nobody can answer, so it has to be said on the command line.
 * @throws LoopstickError CLI_UNCONFIRMED, INTERRUPTED
 */
async function isSure({ terminal, signal }: Session, question: string, { yes }: Sure): Promise<boolean> {
  if (yes === true) return true;
  if (!terminal.interactive) throw failure(CLI_ERRORS.unconfirmed, { question });
  return confirm(question, signal);
}

/** @throws LoopstickError LIBRARY_BUSY */
function requireIdle(busy: readonly { readonly file: string }[]): void {
  const files = busy.map(({ file }) => file).join(', ');
  if (busy.length > 0) throw failure(LIBRARY_ERRORS.busy, { files });
}
