import {
  endedWarning,
  isPastEndOfLife,
  loadCatalog,
  selectImage,
  type CatalogEntry,
  type FieldSource,
  type Provenance,
} from '@loopstick/core';

import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import type { Session } from '../session.ts';
import { supportOf, titleOf } from './catalog-table.ts';

export async function catalogShow(
  session: Session,
  [word = '']: readonly string[],
  options: { readonly provenance?: boolean },
): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const catalog = await loadCatalog(engine, { signal });
  const now = engine.context.now();
  const entry = selectImage(catalog, word, now);
  const { distribution, release, image } = entry;
  terminal.document({
    distribution: { ...distribution, releases: undefined },
    release: { ...release, images: undefined, ended: isPastEndOfLife(release, now) },
    image,
  });
  if (options.provenance === true) printProvenance(terminal, entry);
  else printImage(terminal, entry, now);
  const warning = endedWarning(entry, now);
  if (warning !== undefined) terminal.warn(warning);
}

/** A line for each field of each level: its value, and who says it. */
function printProvenance(terminal: Terminal, { distribution, release, image }: CatalogEntry): void {
  const levels: [string, object, Provenance][] = [
    ['distribution', { ...distribution, releases: undefined }, distribution.provenance],
    ['release', { ...release, images: undefined }, release.provenance],
    // Where the evidence is from, its line says by itself.
    ['image', { ...image, evidence: { ...image.evidence, origin: undefined } }, image.provenance],
  ];
  const rows = levels.flatMap(([level, part, provenance]) =>
    Object.entries({ ...part, provenance: undefined }).flatMap(([field, value]: [string, unknown]) =>
      leaves(`${level}.${field}`, value).map(([name, text]) => [name, text, ...whoSays(provenance[field])]),
    ),
  );
  for (const line of table(['FIELD', 'VALUE', 'SOURCE (LAYER)', 'ORIGIN', 'RETRIEVED', 'KEY'], rows))
    terminal.data(line);
}

/** What there is in a value, each with its name: a list has a line for each element. */
function leaves(name: string, value: unknown): [string, string][] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((each) => leaves(name, each));
  if (typeof value === 'string') return [[name, value]];
  if (typeof value !== 'object' || value === null) return [[name, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(`${name}.${key}`, inner));
}

function whoSays(by: FieldSource | undefined): string[] {
  // What is put together from the others, as an image's id.
  if (by === undefined) return ['-', '-', '-', '-'];
  const { source, layer, origin, retrieved, key } = by;
  return [
    `${source} (${layer})`,
    origin === undefined ? '-' : `${origin.title}, ${origin.location}`,
    retrieved ?? origin?.retrieved ?? '-',
    key ?? '-',
  ];
}

function printImage(terminal: Terminal, entry: CatalogEntry, now: Date): void {
  const { distribution, release, image } = entry;
  const sources: string[] = [];
  /** A mark for who says a field's value; the sources are listed once, below. */
  const mark = (provenance: Provenance, field: string): string => {
    const by = provenance[field];
    if (by === undefined) return '';
    const { source, layer, origin, retrieved } = by;
    const when = retrieved ?? origin?.retrieved;
    const where = origin === undefined ? '' : `: ${origin.title}, ${origin.location}`;
    const text = `${source} (${layer})${where}${when === undefined ? '' : `, retrieved ${when}`}`;
    if (!sources.includes(text)) sources.push(text);
    return `[${sources.indexOf(text) + 1}]`;
  };
  const { level, key, origin } = image.evidence;
  const rows: [string, string, string][] = [
    ['image', image.id, ''],
    ['name', titleOf(entry), mark(distribution.provenance, 'name')],
    ['kind', image.kind, mark(image.provenance, 'kind')],
    ['file', image.file, mark(image.provenance, 'file')],
    ['size', image.size === undefined ? 'unknown' : `${image.size} bytes`, mark(image.provenance, 'size')],
    ...Object.entries(image.checksums).map(([name, value]): [string, string, string] => [
      name,
      String(value),
      mark(image.provenance, 'checksums'),
    ]),
    ['evidence', [level, key ?? '', origin?.title ?? ''].filter((part) => part !== '').join(', '), ''],
    ['supported until', supportOf(entry, now, 'unknown'), mark(release.provenance, 'endOfLife')],
    ...image.mirrors.map((mirror): [string, string, string] => ['mirror', mirror, mark(image.provenance, 'mirrors')]),
  ];
  for (const [field, value, by] of rows) terminal.data(`${field.padEnd(16)}${value}${by === '' ? '' : ` ${by}`}`);
  terminal.data('');
  for (const [index, source] of sources.entries()) terminal.data(`[${index + 1}] ${source}`);
}
