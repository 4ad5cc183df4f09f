import { catalogEntries, type Catalog, type CatalogEntry } from './model.ts';
import { normaliseArch } from './atoms.ts';

/** What a word is worth where it is found: as the whole of a name, at its beginning, or inside. */
const WHOLE = 8;
const BEGINNING = 4;
const INSIDE = 1;

interface Text {
  readonly text: string;
  /** How much more a hit here says than one elsewhere. */
  readonly weight: number;
}

/**
 * The images in whose id, names, summary, kind or architecture all words are found, the best first; among equals as
 * the catalog has them, newest release first. Letter case and accents do not matter.
 */
export function searchCatalog(catalog: Catalog, words: readonly string[]): CatalogEntry[] {
  const wanted = words.flatMap((word) => plain(word).split(/\s+/)).filter((word) => word !== '');
  if (wanted.length === 0) return [];
  return catalogEntries(catalog)
    .map((entry) => ({ entry, score: scoreOf(textsOf(entry), wanted) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ entry }) => entry);
}

/** 0 when one of the words is found nowhere. */
function scoreOf(texts: readonly Text[], words: readonly string[]): number {
  let sum = 0;
  for (const word of words) {
    const best = Math.max(...texts.map(({ text, weight }) => weight * hit(text, word)));
    if (best === 0) return 0;
    sum += best;
  }
  return sum;
}

function hit(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at === -1) return 0;
  if (text === word) return WHOLE;
  for (let found = at; found !== -1; found = text.indexOf(word, found + 1)) {
    if (found === 0 || !/[\p{L}\p{N}]/u.test(text.charAt(found - 1))) return BEGINNING;
  }
  return INSIDE;
}

function textsOf({ distribution, release, image }: CatalogEntry): Text[] {
  const text = (weight: number, value: string | undefined): Text[] =>
    value === undefined ? [] : [{ text: plain(value), weight }];
  return [
    ...text(4, distribution.id),
    ...text(4, distribution.name),
    ...text(3, release.version),
    ...text(3, image.variant),
    ...text(2, release.codename),
    ...text(2, release.title),
    ...text(2, release.lts === true ? 'lts' : undefined),
    ...text(2, image.kind),
    ...text(2, image.arch),
    ...text(1, image.id),
    ...text(1, distribution.summary),
  ];
}

/** Small letters without accents; the name of an architecture as the catalog has it. */
function plain(text: string): string {
  return normaliseArch(text.trim().normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase());
}
