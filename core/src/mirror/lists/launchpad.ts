import { parseXml, type XmlElement } from '../../download/metalink/xml.ts';
import type { Continent } from '../../engine/hooks.ts';
import { webAddress } from './addresses.ts';
import { countryOf, MalformedList, MOST_LISTED, textOf, type ListedMirror } from './listed-mirror.ts';

/** Of the elements `mirror:…` (lib/lp/registry/templates in Launchpad's source). */
const MIRROR = 'https://launchpad.net/';

/** As Launchpad's table of continents calls them. */
const CONTINENT_NAMES: ReadonlyMap<string, Continent> = new Map([
  ['africa', 'af'],
  ['antarctica', 'an'],
  ['asia', 'as'],
  ['europe', 'eu'],
  ['north america', 'na'],
  ['oceania', 'oc'],
  ['south america', 'sa'],
]);

/**
 * Launchpad's feed of mirrors (`https://launchpad.net/ubuntu/+cdmirrors-rss`): RSS 2.0 with elements of its own in each
 * item. Its order means nothing, so those with the most bandwidth come first.
 * @throws Error with a reason
 */
export async function parseLaunchpad(document: Uint8Array): Promise<ListedMirror[]> {
  const root = await parseXml(textOf(document));
  if (root.name !== 'rss' || root.namespace !== '') throw new MalformedList('it is not RSS');
  const items = inside(inside([root], 'channel'), 'item');
  if (items.length > MOST_LISTED) throw new MalformedList(`it has more than ${MOST_LISTED} items`);
  const mirrors = items.flatMap((item) => {
    const url = webAddress(textIn([item], 'link', '') ?? '');
    if (url === undefined) return [];
    const location = inside([item], 'location', MIRROR);
    const country = countryOf(textIn(location, 'countrycode'));
    const continent = CONTINENT_NAMES.get((textIn(location, 'continent') ?? '').toLowerCase());
    return [{ url: url.href, country, continent, level: readLevel(textIn([item], 'bandwidth')) }];
  });
  return ordered(mirrors);
}

/**
 * `mirror:bandwidth` is the number of an entry in an enumeration, from 10 for 128 kbit/s to 140 for 100 Gbit/s
 * (MirrorSpeed in Launchpad's source), as the owner has chosen it: only the order of these numbers says something.
 */
function readLevel(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

function ordered(mirrors: readonly (ListedMirror & { readonly level: number | undefined })[]): ListedMirror[] {
  const levels = [...new Set(mirrors.flatMap(({ level }) => level ?? []))].sort((a, b) => a - b);
  return mirrors
    .toSorted((a, b) => (b.level ?? -1) - (a.level ?? -1))
    .map(({ level, ...mirror }) => {
      if (level === undefined || levels.length < 2) return mirror;
      return { ...mirror, bandwidth: levels.indexOf(level) / (levels.length - 1) };
    });
}

function inside(elements: readonly XmlElement[], name: string, namespace = ''): XmlElement[] {
  return elements.flatMap(({ children }) =>
    children.filter((child) => child.name === name && child.namespace === namespace),
  );
}

function textIn(elements: readonly XmlElement[], name: string, namespace: string = MIRROR): string | undefined {
  return inside(elements, name, namespace).at(0)?.text;
}
