import type { Continent } from '../engine/hooks.ts';
import type { ListedMirror } from './lists/listed-mirror.ts';

/** An address of the file, and who says it. */
export interface NamedAddress extends ListedMirror {
  readonly source: string;
  /** It came with the job: it is used as it is, also beside others on the same host. */
  readonly given?: boolean | undefined;
}

/** A mirror with all that its sources say. */
export interface MergedAddress {
  readonly url: string;
  readonly sources: readonly string[];
  readonly country: string | undefined;
  readonly continent: Continent | undefined;
  readonly bandwidth: number | undefined;
  readonly given: boolean;
}

/**
 * One address for each host, in the order in which they come first; https replaces http. Of what is said of a host the
 * first word counts. The job's own addresses all stay: two on one host are two places where the file may be, such as
 * that of the current release and the archive's.
 */
export function mergeAddresses(addresses: readonly NamedAddress[], most: number): MergedAddress[] {
  const merged = new Map<string, MergedAddress>();
  const hosts = new Map<string, string>();
  for (const address of addresses) {
    const host = hostOf(address.url);
    const key = address.given === true ? placeOf(address.url) : (hosts.get(host) ?? host);
    const known = merged.get(key);
    if (known === undefined && merged.size >= most) continue;
    merged.set(key, known === undefined ? begin(address) : unite(known, address));
    if (!hosts.has(host)) hosts.set(host, key);
  }
  return [...merged.values()];
}

function begin({ url, source, country, continent, bandwidth, given = false }: NamedAddress): MergedAddress {
  return { url, sources: [source], country, continent, bandwidth, given };
}

function unite(known: MergedAddress, more: NamedAddress): MergedAddress {
  return {
    ...known,
    url: isUpgrade(known, more) ? more.url : known.url,
    sources: [...new Set([...known.sources, more.source])],
    country: known.country ?? more.country,
    continent: known.continent ?? more.continent,
    bandwidth: known.bandwidth ?? more.bandwidth,
  };
}

/** Of a given address only the scheme may change: where else on the host a list has the file is another matter. */
function isUpgrade(known: MergedAddress, more: NamedAddress): boolean {
  if (!/^http:/i.test(known.url) || !/^https:/i.test(more.url)) return false;
  return !known.given || placeOf(known.url) === placeOf(more.url);
}

/** Host, and port where it is not the scheme's own. What is no address of the web stands for itself. */
function hostOf(url: string): string {
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return url;
  const { hostname, port } = new URL(url);
  return `${hostname.replace(/\.$/, '')}:${port}`;
}

/** The address without its scheme. */
function placeOf(url: string): string {
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return url;
  const { username, pathname, search } = new URL(url);
  return `${username}@${hostOf(url)}${pathname}${search}`;
}
