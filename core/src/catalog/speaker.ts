import type { CatalogLayer, CatalogSource } from '../engine/hooks.ts';
import type { TrustTier } from '../plugin/plugin-place.ts';
import type { FieldSource } from './model.ts';
import type { CatalogDocument, CatalogOrigin, OriginMap } from './schema.ts';

/** How the ids of origins begin that the author of a plugin has read: a sync confirms nothing of what they say. */
export const KNOWN_ORIGIN = 'known-';
/** And those of what could not be had in the last sync, and is kept from an earlier one. */
export const KEPT_ORIGIN = 'kept-';

/** A document with what is known of how it came. */
export interface SourcedDocument {
  readonly source: CatalogSource;
  readonly document: CatalogDocument;
  /** Id of the plugin whose source it is. */
  readonly plugin?: string | undefined;
  /** How far that plugin is trusted; a part of the program itself has no tier. */
  readonly tier?: TrustTier | undefined;
  /** When its source last said it, or said that it still holds: ISO 8601, for what was fetched. */
  readonly retrieved?: string | undefined;
  /** Id of the key that vouches for the document as a whole, as a registry's does. */
  readonly key?: string | undefined;
}

const OF_PLUGINS: ReadonlySet<CatalogLayer> = new Set(['embedded', 'upstream']);

/** A document while it speaks of one of its parts: who says a field, and where it has it from. */
export class Speaker {
  readonly source: CatalogSource;
  readonly #sourced: SourcedDocument;
  /** Id of the origin that the parts above name for everything below them. */
  readonly #inherited: string | undefined;
  /** One object for each origin and key, because a catalog has hundreds of thousands of fields. */
  readonly #said: Map<string, FieldSource>;

  constructor(sourced: SourcedDocument, inherited?: string, said?: Map<string, FieldSource>) {
    this.source = sourced.source;
    this.#sourced = sourced;
    this.#inherited = inherited;
    this.#said = said ?? new Map<string, FieldSource>();
  }

  /** Whose word it is: what a plugin says in two layers is one word; of registries and files each speaks for itself. */
  get voice(): string {
    const { source, plugin } = this.#sourced;
    return plugin !== undefined && OF_PLUGINS.has(source.layer) ? plugin : source.name;
  }

  get tier(): TrustTier | undefined {
    return this.#sourced.tier;
  }

  /** The speaker for a part below, whose own `*` takes the place of the inherited origin. */
  within(provenance: OriginMap | undefined): Speaker {
    const own = ownValue(provenance, '*');
    return own === undefined ? this : new Speaker(this.#sourced, own, this.#said);
  }

  /** Who says `field` of a part with this provenance. `key` vouches for this field, in place of that of the document. */
  says(field: string, provenance: OriginMap | undefined, key?: string): FieldSource {
    const id = ownValue(provenance, field) ?? ownValue(provenance, '*') ?? this.#inherited ?? '';
    const name = key === undefined ? id : `${id} ${key}`;
    let said = this.#said.get(name);
    if (said === undefined) this.#said.set(name, (said = this.#fieldSource(id, key)));
    return said;
  }

  origin(id: string): CatalogOrigin | undefined {
    return ownValue(this.#sourced.document.origins, id);
  }

  #fieldSource(id: string, key: string | undefined): FieldSource {
    const { source, retrieved, key: ofDocument } = this.#sourced;
    const { name, layer } = source;
    const isSynced = layer !== 'upstream' || !(id.startsWith(KNOWN_ORIGIN) || id.startsWith(KEPT_ORIGIN));
    const day = isSynced ? retrieved : undefined;
    return { source: name, layer, origin: this.origin(id), retrieved: day, key: key ?? ofDocument };
  }
}

/** The value of an object's own key: ids such as `constructor` are legal in a document. */
function ownValue<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
