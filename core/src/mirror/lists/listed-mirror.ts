import type { Place } from '../../engine/hooks.ts';

/** A mirror as a list names it; the best one comes first in its list, as far as the list says. */
export interface ListedMirror extends Place {
  /** Absolute, http or https, without credentials. Of the file, or of the folder below which its path leads to it. */
  readonly url: string;
  /** As its owner has declared it, from 0 to 1 among the mirrors of the list: an order and not a speed. */
  readonly bandwidth?: number | undefined;
}

/** More than any vendor has. */
export const MOST_LISTED = 10_000;

/** What is wrong with a list, until it is known whose it is. */
export class MalformedList extends Error {}

/** The text of a list; all formats are UTF-8. @throws TypeError for other bytes */
export function textOf(document: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(document);
}

/** ISO 3166-1 in lower case; undefined for anything that cannot be it. */
export function countryOf(text: string | undefined): string | undefined {
  const code = text?.trim().toLowerCase() ?? '';
  return /^[a-z]{2}$/.test(code) ? code : undefined;
}
