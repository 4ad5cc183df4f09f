import { createHash } from 'node:crypto';

import type { CatalogOrigin } from '../catalog/schema.ts';
import { printable } from '../engine/errors.ts';
import type { ReadChecksums } from './checksums.ts';
import { fileNameIn } from './discover/links.ts';

const day = (date: Date): string => date.toISOString().slice(0, 10);

/** The origins of one catalog document. Each has an id that only depends on its address, so that documents compare. */
export class Origins {
  readonly #of: string;
  readonly #all = new Map<string, CatalogOrigin>();

  /** @param of the distribution's name, for titles */
  constructor(of: string) {
    this.#of = of;
  }

  get all(): Record<string, CatalogOrigin> {
    return Object.fromEntries([...this.#all].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** @returns its id */
  add(kind: 'known' | 'list' | 'sums', origin: CatalogOrigin): string {
    const id = `${kind}-${createHash('sha256').update(origin.location).digest('hex').slice(0, 12)}`;
    this.#all.set(id, origin);
    return id;
  }

  /** A list of checksums. */
  sums({ url, retrieved, signed }: ReadChecksums): string {
    return this.add('sums', {
      title: this.#title(url),
      location: url.slice(0, 500),
      retrieved: day(retrieved),
      ...(signed === undefined ? {} : { published: day(signed) }),
    });
  }

  /** A document that names files. */
  list(url: string, now: Date): string {
    return this.add('list', { title: this.#title(url), location: url.slice(0, 500), retrieved: day(now) });
  }

  #title(url: string): string {
    return printable(`${fileNameIn(url) ?? new URL(url).host} of ${this.#of}`, 200);
  }
}
