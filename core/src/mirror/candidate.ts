import type { MirrorCandidate } from '../engine/hooks.ts';
import { mirrorName } from './mirror-name.ts';

/** Name of the source of addresses that come with the job itself. */
export const CATALOG_SOURCE = 'catalog';
/** Name of the source of mirrors that are in the user's settings. */
export const SETTINGS_SOURCE = 'settings';

/**
 * The mirror that serves an address: `scheme://host:port`, the port only where it is not the scheme's own. What is
 * learned of it holds for all its files, and outlives a release.
 */
export function mirrorOf(url: string): string {
  if (!URL.canParse(url)) return url;
  // Not `origin`, which is the same for all schemes that the web does not know.
  const { protocol, host } = new URL(url);
  // What has no host is not of somebody who has other files as well.
  return host === '' ? mirrorName(url) : `${protocol}//${host}`;
}

/** Addresses of which nothing but their order is known, each once. */
export function candidatesFrom(urls: readonly string[], source: string = CATALOG_SOURCE): MirrorCandidate[] {
  return [...new Set(urls)].map((url, position) => ({ url, mirror: mirrorOf(url), position, sources: [source] }));
}

/** The user has named it: it is preferred, or a mirror of his own. With `mirrors.only`, nobody else is asked. */
export function isNamedByUser({ preferred, sources }: Pick<MirrorCandidate, 'preferred' | 'sources'>): boolean {
  return preferred !== undefined || sources.includes(SETTINGS_SOURCE);
}
