import { archSchema, fileNameSchema, idSchema } from '../catalog/atoms.ts';
import { fileNameIn } from './discover/links.ts';
import type { NamedFile } from './discover/discover.ts';
import { hasValues } from './discover/row.ts';
import type { ImageRule, ListRule } from './list-schema.ts';
import { Pattern } from './pattern.ts';
import type { Reading } from './reading.ts';
import { Template, type Values } from './template.ts';

/** A file that a rule of the document knows: an image, as far as its name and its row tell. */
export interface Candidate {
  readonly list: ListRule;
  readonly rule: ImageRule;
  readonly url: string;
  /** The document that names it. */
  readonly from: string;
  readonly file: string;
  /** Id of one of those that the document describes. */
  readonly distribution: string;
  readonly version: string;
  readonly variant: string;
  readonly arch: string;
  /** All that is known by name, for templates. */
  readonly values: Values;
}

const NOTHING: Values = new Map();

/** Finds the images of a list among files. */
export class ImageFinder {
  readonly #reading: Reading;
  readonly #list: ListRule;
  readonly #address: Pattern | undefined;
  readonly #rules: readonly { readonly rule: ImageRule; readonly pattern: Pattern }[];

  constructor(reading: Reading, list: ListRule) {
    this.#reading = reading;
    this.#list = list;
    this.#address = list.address === undefined ? undefined : new Pattern(list.address);
    this.#rules = list.images.map((rule) => ({ rule, pattern: new Pattern(rule.file) }));
  }

  /** Undefined for a file that no rule is about. */
  find({ url, from, values: outer }: NamedFile): Candidate | undefined {
    this.#reading.checkBudget(this.#list.name);
    const file = fileNameIn(url);
    const place = this.#address === undefined ? NOTHING : this.#address.match(url, this.#reading.budget);
    if (file === undefined || place === undefined || !fileNameSchema.safeParse(file).success) return undefined;
    for (const { rule, pattern } of this.#rules) {
      const captured = pattern.match(file, this.#reading.budget);
      if (captured === undefined) continue;
      const known = [['url', url] as const, ['file', file] as const, ['folder', new URL('.', url).href] as const];
      const values = new Map([...outer, ...place, ...captured, ...known]);
      if (!hasValues((name) => values.get(name), rule.where)) continue;
      if (!this.#reading.isDeclared(url)) {
        this.#reading.warnForeign(url);
        return undefined;
      }
      return this.#candidate(rule, { url, from, values }, file);
    }
    return undefined;
  }

  #candidate(
    rule: ImageRule,
    { url, from, values }: { url: string; from: string; values: Map<string, string> },
    file: string,
  ): Candidate | undefined {
    const fill = (template: string): string | undefined => new Template(template).fill(values);
    const version = fill(rule.version ?? '{version}');
    const arch = fill(rule.arch ?? '{arch}');
    if (version === undefined || arch === undefined) return undefined;
    values.set('version', version).set('arch', arch);
    const variant = fill(rule.variant);
    const parsedArch = archSchema.safeParse(arch);
    const { distribution, siblings } = this.#reading.loaded.description;
    const of = this.#list.of === undefined ? distribution.id : fill(this.#list.of);
    if (of === undefined || ![distribution, ...siblings].some(({ id }) => id === of)) {
      const problem = `its file ${file} is of ${of ?? '?'}, which the document does not describe`;
      this.#reading.warn(this.#reading.malformed(url, this.#list.name, problem));
      return undefined;
    }
    if (!idSchema.safeParse(version).success || !idSchema.safeParse(variant).success || !parsedArch.success) {
      const problem = `its file ${file} makes the image ${version}/${variant ?? '?'}/${arch}, which no catalog can hold`;
      this.#reading.warn(this.#reading.malformed(url, this.#list.name, problem));
      return undefined;
    }
    const known = { list: this.#list, rule, url, from, file, values };
    return { ...known, distribution: of, version, variant: variant ?? '', arch: parsedArch.data };
  }
}
