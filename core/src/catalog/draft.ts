import type { FieldSource, Provenance } from './model.ts';
import type { Speaker } from './speaker.ts';
import type { OriginMap } from './schema.ts';

/** A distribution, release or image that is put together field by field; each field remembers who said it. */
export class Draft {
  // Maps, because the names of fields come from outside and must not meet an object's prototype.
  readonly #values = new Map<string, unknown>();
  readonly #saidBy = new Map<string, FieldSource>();

  get(field: string): unknown {
    return this.#values.get(field);
  }

  /** Who said the value that the field has now. */
  source(field: string): FieldSource | undefined {
    return this.#saidBy.get(field);
  }

  set(field: string, value: unknown, from: FieldSource): void {
    this.#values.set(field, value);
    this.#saidBy.set(field, from);
  }

  drop(field: string): void {
    this.#values.delete(field);
    this.#saidBy.delete(field);
  }

  /** Takes over every field of `part` except those in `skip`; what is said later wins. */
  take(part: object & { provenance?: OriginMap | undefined }, speaker: Speaker, skip: ReadonlySet<string>): void {
    for (const [field, value] of Object.entries(part)) {
      if (skip.has(field) || value === undefined) continue;
      this.set(field, value, speaker.says(field, part.provenance));
    }
  }

  /** The fields as a plain object, with `more` and the provenance. */
  build(more: Readonly<Record<string, unknown>>, shared: SharedProvenance): Readonly<Record<string, unknown>> {
    return { ...Object.fromEntries(this.#values), ...more, provenance: shared.of(this.#saidBy) };
  }

  /** Names of all sources that said something here. */
  get sources(): string[] {
    return [...new Set([...this.#saidBy.values()].map(({ source }) => source))];
  }
}

/** What the map has for the key, made first where it has nothing. */
export function upsert<K, T>(map: Map<K, T>, key: K, make: () => T): T {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

interface Node {
  readonly next: Map<string, Map<FieldSource, Node>>;
  provenance: Provenance | undefined;
}

/**
 * One object for all parts of which the same is to be said: nearly all images of a document have the same fields from
 * the same source, and in a catalog of 100,000 images their provenance would be most of it.
 */
export class SharedProvenance {
  readonly #root: Node = { next: new Map(), provenance: undefined };

  of(saidBy: ReadonlyMap<string, FieldSource>): Provenance {
    let node = this.#root;
    for (const [field, source] of saidBy) node = step(node, field, source);
    return (node.provenance ??= Object.freeze(Object.fromEntries(saidBy)));
  }
}

function step(node: Node, field: string, source: FieldSource): Node {
  const bySource = upsert(node.next, field, () => new Map<FieldSource, Node>());
  return upsert(bySource, source, () => ({ next: new Map(), provenance: undefined }));
}
