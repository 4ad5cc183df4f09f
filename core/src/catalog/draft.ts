import type { FieldSource, Provenance } from './model.ts';
import type { CatalogDocument, OriginMap } from './schema.ts';
import type { CatalogSource } from '../engine/hooks.ts';

/** One part of a document while it speaks: which source it is, and which origin stands for the part as a whole. */
export interface Speaker {
  readonly source: CatalogSource;
  readonly document: CatalogDocument;
  /** Id of the origin that the parts above name for everything below them. */
  readonly inherited: string | undefined;
}

/** The speaker for a part below, whose own `*` takes the place of the inherited origin. */
export function within(speaker: Speaker, provenance: OriginMap | undefined): Speaker {
  const own = ownValue(provenance, '*');
  return own === undefined ? speaker : { ...speaker, inherited: own };
}

/** A distribution, release or image that is put together field by field; each field remembers who said it. */
export class Draft {
  // Maps, because the names of fields come from outside and must not meet an object's prototype.
  readonly #values = new Map<string, unknown>();
  readonly #provenance = new Map<string, FieldSource>();

  get(field: string): unknown {
    return this.#values.get(field);
  }

  /** Who said the value that the field has now. */
  source(field: string): FieldSource | undefined {
    return this.#provenance.get(field);
  }

  set(field: string, value: unknown, from: FieldSource): void {
    this.#values.set(field, value);
    this.#provenance.set(field, from);
  }

  drop(field: string): void {
    this.#values.delete(field);
    this.#provenance.delete(field);
  }

  /** Takes over every field of `part` except those in `skip`; what is said later wins. */
  take(part: object & { provenance?: OriginMap | undefined }, speaker: Speaker, skip: ReadonlySet<string>): void {
    for (const [field, value] of Object.entries(part)) {
      if (skip.has(field) || value === undefined) continue;
      this.set(field, value, fieldSource(field, part.provenance, speaker));
    }
  }

  /** The fields as a plain object, with `more` and the provenance. */
  build(more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const provenance: Provenance = Object.fromEntries(this.#provenance);
    return { ...Object.fromEntries(this.#values), ...more, provenance };
  }

  /** Names of all sources that said something here. */
  get sources(): string[] {
    return [...new Set([...this.#provenance.values()].map(({ source }) => source))];
  }
}

/** Who says `field` of a part with this provenance. */
export function fieldSource(field: string, provenance: OriginMap | undefined, speaker: Speaker): FieldSource {
  const id = ownValue(provenance, field) ?? ownValue(provenance, '*') ?? speaker.inherited;
  const { name, layer } = speaker.source;
  return { source: name, layer, origin: id === undefined ? undefined : ownValue(speaker.document.origins, id) };
}

/** The value of an object's own key: ids such as `constructor` are legal in a document. */
export function ownValue<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
