import { createHash } from 'node:crypto';

import type { CatalogOrigin } from '../catalog/schema.ts';
import { KNOWN_ORIGIN } from '../catalog/speaker.ts';
import { printable } from '../engine/errors.ts';
import type { ReadChecksums } from './checksums.ts';
import type { DescribedDistribution } from './description.ts';
import { fileNameIn } from './discover/links.ts';

const day = (date: Date): string => date.toISOString().slice(0, 10);

/** The origins of one catalog document. Each has an id that only depends on its address, so that documents compare. */
export class Origins {
  readonly #names: ReadonlyMap<string, string>;
  readonly #all = new Map<string, CatalogOrigin>();

  /** @param described the distributions that titles may name */
  constructor(described: readonly DescribedDistribution[]) {
    this.#names = new Map(described.map(({ id, name }) => [id, name]));
  }

  get all(): Record<string, CatalogOrigin> {
    return Object.fromEntries([...this.#all].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #add(kind: 'list-' | 'sums-' | typeof KNOWN_ORIGIN, origin: CatalogOrigin): string {
    const id = `${kind}${createHash('sha256').update(origin.location).digest('hex').slice(0, 12)}`;
    this.#all.set(id, origin);
    return id;
  }

  /** What the author of the description has read. The methods return the origin's id. */
  known(origin: CatalogOrigin): string {
    return this.#add(KNOWN_ORIGIN, origin);
  }

  /** A list of checksums, of the distribution with the id `of`. */
  sums({ url, retrieved, signed }: ReadChecksums, of: string): string {
    return this.#add('sums-', {
      title: this.#title(url, of),
      location: url.slice(0, 500),
      retrieved: day(retrieved),
      ...(signed === undefined ? {} : { published: day(signed) }),
    });
  }

  /** A document that names files, of the distribution with the id `of`. */
  list(url: string, of: string, now: Date): string {
    return this.#add('list-', { title: this.#title(url, of), location: url.slice(0, 500), retrieved: day(now) });
  }

  #title(url: string, of: string): string {
    return printable(`${fileNameIn(url) ?? new URL(url).host} of ${this.#names.get(of) ?? of}`, 200);
  }
}
