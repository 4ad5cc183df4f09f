import type { XmlElement } from './xml.ts';

/** What the two versions of metalinks call things differently. */
export interface Dialect {
  /** Elements between the root and the files. */
  readonly files: readonly string[];
  readonly hashes: readonly string[];
  readonly urls: readonly string[];
  /** Smaller comes first. */
  readonly rank: (url: XmlElement) => number;
}

export const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  // Version 4: RFC 5854. A url without a priority comes last (4.2.16.1).
  [
    'urn:ietf:params:xml:ns:metalink',
    { files: [], hashes: [], urls: [], rank: (url) => Number(url.attributes.get('priority') ?? 999_999) },
  ],
  // Version 3: metalinker.org, "Metalink 3.0 Specification". 100 is the most preferred.
  [
    'http://www.metalinker.org/',
    {
      files: ['files'],
      hashes: ['verification'],
      urls: ['resources'],
      rank: (url) => -Number(url.attributes.get('preference') ?? -1),
    },
  ],
]);

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
