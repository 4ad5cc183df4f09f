import { access } from 'node:fs/promises';

import {
  CATALOG_ERRORS,
  catalogEntries,
  customCatalogFile,
  exportCatalog,
  failure,
  importEffect,
  loadCatalog,
  matchImages,
  readForeignCatalog,
  saveCustomCatalog,
  type ImportEffect,
} from '@loopstick/core';

import { CLI_ERRORS, NO_NAME } from '../cli-errors.ts';
import { jsonPieces } from '../output/json-text.ts';
import type { Terminal } from '../output/terminal.ts';
import { confirm } from '../prompt.ts';
import type { Session } from '../session.ts';
import { writeNew } from '../write-new.ts';

export interface ImportOptions {
  readonly name?: string;
  readonly yes?: boolean;
}

/** Makes a catalog of somebody else's one of the user's own, after it was checked. */
export async function catalogImport(
  session: Session,
  [from = '']: readonly string[],
  options: ImportOptions,
): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const { document, problems, suggestedName, secure } = await readForeignCatalog(engine.context, from, signal);
  if (!secure) terminal.warn(failure(CATALOG_ERRORS.importInsecure, { source: from }));
  const name = options.name ?? suggestedName;
  const file = customCatalogFile(engine.context, name);
  const replaces = await isThere(file);
  const effect = importEffect(await loadCatalog(engine, { signal }), document);
  if (!terminal.json) tell(terminal, effect, problems);
  if (replaces && !(await mayReplace(session, file, options))) {
    terminal.note('Nothing was changed.');
    terminal.document({ file, replaces, imported: false, ...effect, problems });
    return;
  }
  await saveCustomCatalog(engine.context, name, document);
  terminal.document({ file, replaces, imported: true, ...effect, problems });
  terminal.data(`Imported as ${file}. It is a custom layer, without evidence; remove the file to be rid of it.`);
}

/** Prints the catalog or some of it as a document of our format. */
export async function catalogExport(
  session: Session,
  words: readonly string[],
  { output }: { readonly output?: string },
): Promise<void> {
  const { terminal, signal } = session;
  if (output === '') throw failure(CLI_ERRORS.usage, { problem: NO_NAME, command: 'loopstick catalog export' });
  const engine = await session.engine();
  const catalog = await loadCatalog(engine, { signal });
  const entries = words.length === 0 ? catalogEntries(catalog) : words.flatMap((word) => matchImages(catalog, word));
  const document = exportCatalog(entries, engine.context.now().toISOString().slice(0, 10), catalog.more);
  if (output === undefined || output === '-') {
    terminal.document(document);
    for (const piece of jsonPieces(document)) for (const line of piece.trimEnd().split('\n')) terminal.data(line);
    return;
  }
  await writeNew(output, jsonPieces(document));
  const images = document.distributions.flatMap(({ releases }) => releases.flatMap((release) => release.images)).length;
  terminal.document({ file: output, images });
  terminal.data(`Written to ${output}: ${countOf(images)}`);
}

/** Names shown of each kind of change; programs get all. */
const SHOWN = 10;

function tell(
  terminal: Terminal,
  { adds, overrides, hides, incomplete }: ImportEffect,
  problems: readonly string[],
): void {
  const show = (what: string, ids: readonly string[]): void => {
    if (ids.length === 0) return;
    terminal.note(`${what} ${countOf(ids.length)}:`);
    for (const id of ids.slice(0, SHOWN)) terminal.note(`  ${id}`);
    if (ids.length > SHOWN) terminal.note(`  and ${ids.length - SHOWN} more`);
  };
  show('Adds', adds);
  show('Overrides something of', overrides);
  show('Hides', hides);
  show('Says too little of', incomplete);
  if (problems.length === 0) return;
  terminal.note(`Left out, because it cannot be used: ${problems.length}`);
  for (const problem of problems.slice(0, SHOWN)) terminal.note(`  ${problem}`);
  if (problems.length > SHOWN) terminal.note(`  and ${problems.length - SHOWN} more`);
}

/** @throws LoopstickError CLI_UNCONFIRMED, INTERRUPTED */
async function mayReplace({ terminal, signal }: Session, file: string, { yes }: ImportOptions): Promise<boolean> {
  if (yes === true) return true;
  const question = `${file} is there already. Replace it?`;
  if (!terminal.interactive) throw failure(CLI_ERRORS.unconfirmed, { question });
  return confirm(question, signal);
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function countOf(images: number): string {
  return images === 1 ? '1 image' : `${images} images`;
}
