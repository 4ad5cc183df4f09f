import {
  catalogEntries,
  isPastEndOfLife,
  isWeakerThan,
  loadCatalog,
  matchImages,
  normaliseArch,
  searchCatalog,
  type CatalogEntry,
  type EvidenceLevel,
} from '@loopstick/core';

import type { Session } from '../session.ts';
import { printEntries } from './catalog-table.ts';

export interface EntryFilter {
  readonly kind?: string;
  readonly arch?: string;
  readonly evidence?: EvidenceLevel;
}

export async function catalogList(
  session: Session,
  words: readonly string[],
  options: EntryFilter & { readonly all?: boolean },
): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const catalog = await loadCatalog(engine, { signal });
  const now = engine.context.now();
  const named = words.length > 0;
  const chosen = named ? words.flatMap((word) => matchImages(catalog, word)) : catalogEntries(catalog);
  const fitting = chosen.filter((entry) => passes(entry, options));
  const isUsual = ({ release, image }: CatalogEntry): boolean =>
    (options.arch !== undefined || image.arch === 'x86_64') && !isPastEndOfLife(release, now);
  const entries = options.all === true || named ? fitting : fitting.filter(isUsual);
  printEntries(terminal, entries, now);
  const hidden = fitting.length - entries.length;
  if (hidden > 0) terminal.note(`${hidden} more (end of life, other architectures): loopstick catalog list --all`);
  else if (entries.length === 0) terminal.note('The catalog has no such image. Its vendor may: loopstick catalog sync');
}

export async function catalogSearch(session: Session, words: readonly string[], options: EntryFilter): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const catalog = await loadCatalog(engine, { signal });
  const found = searchCatalog(catalog, words).filter((entry) => passes(entry, options));
  printEntries(terminal, found, engine.context.now());
  if (found.length > 0) return;
  terminal.note('No image has all of these words. Fewer words find more, and so may: loopstick catalog sync');
}

function passes({ image }: CatalogEntry, { kind, arch, evidence }: EntryFilter): boolean {
  return (
    (kind ?? image.kind) === image.kind &&
    (arch === undefined || normaliseArch(arch.toLowerCase()) === image.arch) &&
    (evidence === undefined || !isWeakerThan(image.evidence.level, evidence))
  );
}
