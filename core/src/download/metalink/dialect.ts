import type { XmlElement } from './xml.ts';

/** What the two versions of metalinks call things differently. */
export interface Dialect {
  /** Elements between the root and the files. */
  readonly files: readonly string[];
  readonly hashes: readonly string[];
  readonly urls: readonly string[];
  /** Smaller comes first; undefined when it does not say, or what it cannot. */
  readonly rank: (url: XmlElement) => number | undefined;
}

export const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  // Version 4: RFC 5854. A priority is from 1 to 999999; a url without one comes last (4.2.16.1).
  [
    'urn:ietf:params:xml:ns:metalink',
    { files: [], hashes: [], urls: [], rank: (url) => numberIn(url, 'priority', 1, 999_999) },
  ],
  // Version 3: metalinker.org, "Metalink 3.0 Specification". 100 is the most preferred.
  [
    'http://www.metalinker.org/',
    {
      files: ['files'],
      hashes: ['verification'],
      urls: ['resources'],
      rank: (url) => {
        const preference = numberIn(url, 'preference', 0, 100);
        return preference === undefined ? undefined : -preference;
      },
    },
  ],
]);

/** A whole number within its bounds. */
function numberIn({ attributes }: XmlElement, name: string, least: number, most: number): number | undefined {
  const text = attributes.get(name) ?? '';
  const number = /^\d{1,6}$/.test(text.trim()) ? Number(text) : NaN;
  return number >= least && number <= most ? number : undefined;
}

/** What may be wrong with a document, until it is known whose it is. */
export class Malformed extends Error {}

/** The descendants along a path of names, in the namespace of the element. */
export function within(element: XmlElement, path: readonly string[]): XmlElement[] {
  return path.reduce<XmlElement[]>(
    (elements, name) =>
      elements.flatMap(({ children }) =>
        children.filter((child) => child.name === name && child.namespace === element.namespace),
      ),
    [element],
  );
}
