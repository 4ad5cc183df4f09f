import {
  catalogEntries,
  chooseFiles,
  failure,
  formatBytes,
  LIBRARY_ERRORS,
  libraryContents,
  listLibrary,
  loadCatalog,
  messageOf,
  verifyLibrary,
  type Catalog,
  type Engine,
  type LibraryCheck,
  type LibraryEntry,
} from '@loopstick/core';

import { showProgress } from '../output/progress.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

export async function libraryList(session: Session): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const { files, setAside, parts } = await libraryContents(engine);
  const imageOf = imageNames(await localCatalog(engine, signal));
  terminal.document({
    files: files.map((entry) => ({ ...entry, ...imageOf(entry) })),
    setAside,
    parts: parts.map(({ path, sha256, frees, changedAt }) => ({ path, sha256, frees, changedAt })),
  });
  if (files.length === 0) terminal.note('The library is empty.');
  else {
    const rows = files.map((entry) => [
      entry.file,
      formatBytes(entry.size),
      short(entry.sha256),
      describeImage(imageOf(entry)),
      day(entry.addedAt),
      day(entry.usedAt),
    ]);
    for (const line of table(['FILE', 'SIZE', 'SHA-256', 'IMAGE', 'ADDED', 'USED'], rows)) terminal.data(line);
    const total = files.reduce((sum, { size }) => sum + size, 0);
    terminal.note(`${count(files.length, 'file')}, ${formatBytes(total)}`);
  }
  for (const { path } of setAside) terminal.note(`Set aside, because it was changed: ${path}`, 'yellow');
  if (parts.length > 0) {
    const size = parts.reduce((sum, { frees }) => sum + frees, 0);
    terminal.note(`${count(parts.length, 'unfinished download')}, ${formatBytes(size)}`);
  }
}

/** Reads everything, or what is named, in full. Exit code 5 when something is not what it was. */
export async function libraryVerify(session: Session, words: readonly string[]): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const { files } = await listLibrary(engine);
  const chosen = words.length === 0 ? files : chooseFiles(files, words);
  const stop = showProgress(engine.events, terminal);
  const checks = await verifyLibrary(engine, chosen, { signal }).finally(stop);
  terminal.document({
    ok: checks.every(({ state }) => state === 'right'),
    files: checks.map(({ entry: { path, file, size, sha256 }, state, movedTo, problem }) => ({
      ...{ path, file, size, sha256, state, movedTo },
      problem: problem === undefined ? undefined : messageOf(problem),
    })),
  });
  const rows = checks.map(({ entry, state, movedTo, problem }) => [
    WORDS[state],
    entry.file,
    formatBytes(entry.size),
    short(entry.sha256),
    problem === undefined ? (movedTo ?? '') : messageOf(problem),
  ]);
  for (const line of table(['', 'FILE', 'SIZE', 'SHA-256', 'NOW'], rows)) terminal.data(line);
  requireRight(checks);
  terminal.note(`Everything is as it was put into the library: ${count(checks.length, 'file')}.`);
}

/** @throws LoopstickError LIBRARY_NOT_RIGHT, LIBRARY_UNREAD */
function requireRight(checks: readonly LibraryCheck[]): void {
  for (const [state, error] of [
    ['changed', LIBRARY_ERRORS.notRight],
    ['unread', LIBRARY_ERRORS.unread],
  ] as const) {
    const bad = checks.filter((check) => check.state === state).map(({ entry }) => entry.file);
    if (bad.length > 0) throw failure(error, { bad: bad.length, all: checks.length, files: bad.join(', ') });
  }
}

const WORDS = { right: 'ok', changed: 'CHANGED', unread: 'UNREAD' } as const;

/** The catalog as far as it is known without network. */
export function localCatalog(engine: Engine, signal: AbortSignal): Promise<Catalog> {
  return loadCatalog(engine, { signal });
}

interface ImageName {
  /** An id; null for a file that never was an image. */
  readonly image: string | null;
  /** Whether the catalog knows this very file. */
  readonly inCatalog: boolean;
}

function imageNames(catalog: Catalog): (entry: Pick<LibraryEntry, 'sha256' | 'image'>) => ImageName {
  const ids = new Map(catalogEntries(catalog).map(({ image }) => [image.checksums.sha256, image.id]));
  return ({ sha256, image }) => ({ image: ids.get(sha256) ?? image ?? null, inCatalog: ids.has(sha256) });
}

function describeImage({ image, inCatalog }: ImageName): string {
  if (image === null) return '-';
  return inCatalog ? image : `${image} (no longer in the catalog)`;
}

export function short(sha256: string): string {
  return sha256.slice(0, 12);
}

function day(time: string | undefined): string {
  return time?.slice(0, 10) ?? '-';
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
