import {
  catalogEntries,
  formatBytes,
  isPastEndOfLife,
  loadCatalog,
  matchImages,
  selectImage,
  type CatalogEntry,
  type Provenance,
} from '@loopstick/core';

import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

export async function catalogList(
  session: Session,
  words: readonly string[],
  options: { all?: boolean },
): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const catalog = await loadCatalog(engine, { signal });
  const now = engine.context.now();
  const chosen = words.length === 0 ? catalogEntries(catalog) : words.flatMap((word) => matchImages(catalog, word));
  const entries = chosen.filter(
    ({ release, image }) =>
      options.all === true || words.length > 0 || (image.arch === 'x86_64' && !isPastEndOfLife(release, now)),
  );
  terminal.document(
    entries.map(({ distribution, release, image }) => ({
      distribution: distribution.id,
      version: release.version,
      endOfLife: release.endOfLife,
      ...image,
    })),
  );
  const rows = entries.map((entry) => [
    referenceOf(entry),
    titleOf(entry),
    entry.image.kind,
    entry.image.arch,
    entry.image.size === undefined ? 'unknown' : formatBytes(entry.image.size),
    entry.image.evidence.level,
    entry.release.endOfLife ?? '-',
  ]);
  for (const line of table(['IMAGE', 'WHAT IT IS', 'KIND', 'ARCH', 'SIZE', 'EVIDENCE', 'SUPPORTED UNTIL'], rows))
    terminal.data(line);
  const hidden = chosen.length - entries.length;
  if (hidden > 0) terminal.note(`${hidden} more (end of life, other architectures): loopstick catalog list --all`);
}

export async function catalogShow(session: Session, [word = '']: readonly string[]): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const catalog = await loadCatalog(engine, { signal });
  const entry = selectImage(catalog, word, engine.context.now());
  const { distribution, release, image } = entry;
  terminal.document({
    distribution: { ...distribution, releases: undefined },
    release: { ...release, images: undefined },
    image,
  });
  const sources: string[] = [];
  /** A mark for who says a field's value; the sources are listed once, below. */
  const mark = (provenance: Provenance, field: string): string => {
    const by = provenance[field];
    if (by === undefined) return '';
    const { source, layer, origin } = by;
    const where = origin === undefined ? '' : `: ${origin.title}, ${origin.location}, retrieved ${origin.retrieved}`;
    const text = `${source} (${layer})${where}`;
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
    ['supported until', release.endOfLife ?? 'unknown', mark(release.provenance, 'endOfLife')],
    ...image.mirrors.map((mirror): [string, string, string] => ['mirror', mirror, mark(image.provenance, 'mirrors')]),
  ];
  for (const [field, value, by] of rows) terminal.data(`${field.padEnd(16)}${value}${by === '' ? '' : ` ${by}`}`);
  terminal.data('');
  for (const [index, source] of sources.entries()) terminal.data(`[${index + 1}] ${source}`);
}

/** What to type to get this image. */
function referenceOf({ distribution, release, image }: CatalogEntry): string {
  const short = `${distribution.id}@${release.version}`;
  return image.default === true && image.arch === 'x86_64'
    ? short
    : `${short}/${image.variant}${image.arch === 'x86_64' ? '' : `/${image.arch}`}`;
}

function titleOf({ distribution, release, image }: CatalogEntry): string {
  const title = release.title ?? release.version;
  const name = title.startsWith(distribution.name) ? title : `${distribution.name} ${title}`;
  return `${name}, ${image.variant}`;
}
