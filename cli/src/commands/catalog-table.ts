import { formatBytes, isPastEndOfLife, type CatalogEntry } from '@loopstick/core';

import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';

/** Prints images: a table for people, and for programs a list with all but the provenance, which `show` has. */
export function printEntries(terminal: Terminal, entries: readonly CatalogEntry[], now: Date): void {
  if (terminal.json) {
    terminal.documentList(entries, (entry) => forPrograms(entry, now));
    return;
  }
  const rows = entries.map((entry) => [
    referenceOf(entry),
    titleOf(entry),
    entry.image.kind,
    entry.image.arch,
    entry.image.size === undefined ? 'unknown' : formatBytes(entry.image.size),
    entry.image.evidence.level,
    supportOf(entry, now),
  ]);
  for (const line of table(['IMAGE', 'WHAT IT IS', 'KIND', 'ARCH', 'SIZE', 'EVIDENCE', 'SUPPORTED UNTIL'], rows))
    terminal.data(line);
}

/** Until when there are updates, and whether that is past. */
export function supportOf({ release }: CatalogEntry, now: Date, unknown = '-'): string {
  if (release.endOfLife === undefined) return unknown;
  return isPastEndOfLife(release, now) ? `${release.endOfLife} (ended)` : release.endOfLife;
}

/** What to type to get this image. */
function referenceOf({ distribution, release, image }: CatalogEntry): string {
  const short = `${distribution.id}@${release.version}`;
  return image.default === true && image.arch === 'x86_64'
    ? short
    : `${short}/${image.variant}${image.arch === 'x86_64' ? '' : `/${image.arch}`}`;
}

export function titleOf({ distribution, release, image }: CatalogEntry): string {
  const title = release.title ?? release.version;
  const name = title.startsWith(distribution.name) ? title : `${distribution.name} ${title}`;
  return `${name}, ${image.variant}`;
}

function forPrograms(entry: CatalogEntry, now: Date): object {
  const { distribution, release, image } = entry;
  return {
    distribution: distribution.id,
    version: release.version,
    title: titleOf(entry),
    reference: referenceOf(entry),
    lts: release.lts,
    endOfLife: release.endOfLife,
    ended: isPastEndOfLife(release, now),
    ...image,
    provenance: undefined,
  };
}
