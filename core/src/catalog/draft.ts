import type { FieldSource, Provenance } from './model.ts';
import type { Speaker } from './speaker.ts';
import type { OriginMap } from './schema.ts';

/**
 * A distribution, release or image that is put together field by field; each field remembers who said it. There are a
 * hundred thousand of them in a large catalog, with a dozen fields each, so they are lists: less than maps to make.
 */
export class Draft {
  readonly #names: string[] = [];
  readonly #values: unknown[] = [];
  readonly #saidBy: FieldSource[] = [];

  get(field: string): unknown {
    return this.#values[this.#names.indexOf(field)];
  }

  /** Who said the value that the field has now. */
  source(field: string): FieldSource | undefined {
    return this.#saidBy[this.#names.indexOf(field)];
  }

  set(field: string, value: unknown, from: FieldSource): void {
    const known = this.#names.indexOf(field);
    const at = known === -1 ? this.#names.length : known;
    this.#names[at] = field;
    this.#values[at] = value;
    this.#saidBy[at] = from;
  }

  drop(field: string): void {
    const at = this.#names.indexOf(field);
    if (at !== -1) for (const list of [this.#names, this.#values, this.#saidBy]) list.splice(at, 1);
  }

  /** Takes over every field of `part` except those in `skip`; what is said later wins. */
  take(part: object & { provenance?: OriginMap | undefined }, speaker: Speaker, skip: ReadonlySet<string>): void {
    for (const field of Object.keys(part)) {
      const value = part[field as keyof typeof part] as unknown;
      if (!skip.has(field) && value !== undefined) this.set(field, value, speaker.says(field, part.provenance));
    }
  }

  /** The fields as a plain object, with `more` and the provenance. */
  build(more: Readonly<Record<string, unknown>>, shared: SharedProvenance): Readonly<Record<string, unknown>> {
    const part: Record<string, unknown> = {};
    this.#names.forEach((name, at) => (part[name] = this.#values[at]));
    return Object.assign(part, more, { provenance: shared.of(this.#names, this.#saidBy) });
  }

  /** Names of all sources that said something here. */
  get sources(): string[] {
    return [...new Set(this.#saidBy.map(({ source }) => source))];
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
  /** What was asked last: parts of one document come together. */
  #last: { fields: readonly string[]; saidBy: readonly FieldSource[]; provenance: Provenance } | undefined;

  of(fields: readonly string[], saidBy: readonly FieldSource[]): Provenance {
    const last = this.#last;
    if (last !== undefined && isSame(last.fields, fields) && isSame(last.saidBy, saidBy)) return last.provenance;
    let node = this.#root;
    for (const [at, source] of saidBy.entries()) node = step(node, fields[at] ?? '', source);
    const provenance = (node.provenance ??= Object.freeze(
      Object.fromEntries<FieldSource>(saidBy.map((source, at) => [fields[at] ?? '', source])),
    ));
    this.#last = { fields, saidBy, provenance };
    return provenance;
  }
}

function isSame<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, at) => item === other[at]);
}

function step(node: Node, field: string, source: FieldSource): Node {
  const bySource = upsert(node.next, field, () => new Map<FieldSource, Node>());
  return upsert(bySource, source, () => ({ next: new Map(), provenance: undefined }));
}
