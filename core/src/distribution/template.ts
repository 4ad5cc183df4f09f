import { PatternError } from './pattern.ts';

/** Values by name: what placeholders and fields gave. */
export type Values = ReadonlyMap<string, string>;

type Part = string | { readonly name: string; readonly filters: readonly string[] };

const FILTERS: Readonly<Record<string, (value: string) => string>> = {
  lower: (value) => value.toLowerCase(),
  /** `24.04.3` → `24` */
  major: (value) => value.split('.', 1).join('.'),
  /** `24.04.3` → `24.04` */
  minor: (value) => value.split('.', 2).join('.'),
  /** `Budgie_Atomic` → `budgie-atomic`: what can be an id. */
  id: (value) =>
    value
      .toLowerCase()
      .replace(/[^a-z0-9.]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, ''),
};

const PART = /\{([^{}]*)\}|([^{}]+)|([{}])/g;
const LONGEST = 1000;

/** Text with names in braces, to be filled in: `{folder}SHA256SUMS`, `{version|minor}`. */
export class Template {
  /** Each name that it uses. */
  readonly names: readonly string[];
  readonly #parts: readonly Part[];

  /** @throws PatternError */
  constructor(text: string) {
    if (text.length > LONGEST) throw new PatternError(`must have at most ${LONGEST} characters`);
    this.#parts = Array.from(text.matchAll(PART), ([, inside, literal, brace]) => {
      if (brace !== undefined) throw new PatternError(`has a "${brace}" without its other half`);
      return literal ?? reference(inside ?? '');
    });
    this.names = this.#parts.flatMap((part) => (typeof part === 'string' ? [] : [part.name]));
  }

  /** What stands before the first name. */
  get beginning(): string {
    const [first = ''] = this.#parts;
    return typeof first === 'string' ? first : '';
  }

  /** Undefined when a name has no value. */
  fill(
    values: Values,
    write: (value: string, name: string) => string | undefined = (value) => value,
  ): string | undefined {
    let text = '';
    for (const part of this.#parts) {
      const value = typeof part === 'string' ? part : filled(part, values, write);
      if (value === undefined) return undefined;
      text += value;
    }
    return text;
  }
}

function reference(inside: string): Part {
  const [name = '', ...filters] = inside.split('|');
  const odd = filters.find((filter) => !Object.hasOwn(FILTERS, filter));
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(name)) throw new PatternError(`has a name that is none: "{${inside}}"`);
  if (odd !== undefined) throw new PatternError(`has an unknown filter: "{${inside}}"`);
  return { name, filters };
}

function filled(
  { name, filters }: Exclude<Part, string>,
  values: Values,
  write: (value: string, name: string) => string | undefined,
): string | undefined {
  const value = values.get(name);
  if (value === undefined) return undefined;
  return write(
    filters.reduce((text, filter) => FILTERS[filter]?.(text) ?? text, value),
    name,
  );
}

/** Values that are addresses already, and stand for the beginning of one. */
export const ADDRESS_NAMES: ReadonlySet<string> = new Set(['folder', 'url']);

/**
 * An address from a template. What is filled in is part of the path and cannot leave it: it is encoded, and neither
 * `.` nor `..`. Undefined when something is missing, or it is no address.
 */
export function fillAddress(template: Template, values: Values): string | undefined {
  const text = template.fill(values, (value, name) => {
    if (ADDRESS_NAMES.has(name)) return value;
    if (value.split('/').some((part) => /^\.{0,2}$/.test(part))) return undefined;
    return encodeURIComponent(value).replaceAll('%2B', '+').replaceAll('%7E', '~').replaceAll('%2F', '/');
  });
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.href.length <= 2048 ? url.href : undefined;
}
