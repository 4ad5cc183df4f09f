import { ARCH_NAMES, NONE, PLACEHOLDER_TYPES, type Machine } from './pattern-types.ts';

/** Work that one reading may put into matching, in steps of an automaton: some tenths of a second. */
export const MATCH_STEPS: number = 20_000_000;

/** What is left of it. */
export interface MatchBudget {
  steps: number;
}

/** Thrown by a pattern that is none; whoever compiles it knows where it stands. */
export class PatternError extends Error {}

type Token =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'words'; readonly name: string; readonly words: readonly string[] }
  | { readonly kind: 'machine'; readonly name: string; readonly machine: Machine };

const LONGEST_NAME = 2048;
const LONGEST_PATTERN = 300;
const MOST_PLACEHOLDERS = 12;

const NOWHERE = new Uint8Array();

const PART = /\{([^{}]*)\}|([^{}]+)|([{}])/g;
const NAME = /^[a-z][a-z0-9_]{0,31}$/;
const WORD = /^[\w.+~/ -]{1,64}$/;

/**
 * A pattern for names: text with typed placeholders, such as `ubuntu-{version}-desktop-{arch}.iso`. It fits a name as a
 * whole. `{version}` and others have a type of their own name, `{build:number}` names one, `{edition:kde|xfce}` lists
 * what may stand there. A placeholder takes as much as it can while the rest still fits.
 *
 * Documents never bring regular expressions: this is decided in time linear in the length of the name.
 */
export class Pattern {
  /** Names of the placeholders. */
  readonly names: readonly string[];
  readonly #tokens: readonly Token[];

  /** @throws PatternError */
  constructor(text: string) {
    this.#tokens = parse(text);
    this.names = this.#tokens.flatMap((token) => (token.kind === 'literal' ? [] : [token.name]));
    if (new Set(this.names).size < this.names.length) throw new PatternError('has the same placeholder twice');
    if (this.names.length > MOST_PLACEHOLDERS) {
      throw new PatternError(`has more than ${MOST_PLACEHOLDERS} placeholders`);
    }
  }

  /** What the placeholders stand for; undefined when the name does not fit. Throws nothing, but may use up the budget. */
  match(name: string, budget: MatchBudget): ReadonlyMap<string, string> | undefined {
    if (name.length > LONGEST_NAME || budget.steps <= 0 || !this.#fitsOutside(name)) return undefined;
    const rest = this.#rest(name, budget);
    if (rest === undefined) return undefined;
    const found = new Map<string, string>();
    let at = 0;
    for (const [index, token] of this.#tokens.entries()) {
      const end = longest(token, name, at, rest[index] ?? NOWHERE);
      if (token.kind !== 'literal') found.set(token.name, name.slice(at, end));
      at = end;
    }
    return found;
  }

  /** A cheap look at both ends, by which nearly all names are told apart. */
  #fitsOutside(name: string): boolean {
    const [first, last] = [this.#tokens[0], this.#tokens.at(-1)];
    if (first?.kind === 'literal' && !name.startsWith(first.text)) return false;
    return last?.kind !== 'literal' || name.endsWith(last.text);
  }

  /** For each token, after which characters the tokens behind it can take all that is left. */
  #rest(name: string, budget: MatchBudget): readonly Uint8Array[] | undefined {
    let after = new Uint8Array(name.length + 1);
    after[name.length] = 1;
    const rests: Uint8Array[] = [];
    for (const token of [...this.#tokens].reverse()) {
      rests.unshift(after);
      budget.steps -= (name.length + 1) * (token.kind === 'machine' ? token.machine.states : 1);
      if (budget.steps <= 0) return undefined;
      after = starts(token, name, after);
      if (!after.includes(1)) return undefined;
    }
    return after[0] === 1 ? rests : undefined;
  }
}

function parse(text: string): Token[] {
  if (text === '' || text.length > LONGEST_PATTERN) {
    throw new PatternError(`must have between 1 and ${LONGEST_PATTERN} characters`);
  }
  return Array.from(text.matchAll(PART), ([, inside, literal, brace]) => {
    if (brace !== undefined) throw new PatternError(`has a "${brace}" without its other half`);
    if (literal === undefined) return placeholder(inside ?? '');
    if (/[^\x20-\x7e]/.test(literal)) throw new PatternError('must be printable ASCII');
    return { kind: 'literal', text: literal };
  });
}

function placeholder(inside: string): Token {
  const colon = inside.indexOf(':');
  const name = colon === -1 ? inside : inside.slice(0, colon);
  const type = colon === -1 ? undefined : inside.slice(colon + 1);
  if (!NAME.test(name)) throw new PatternError(`has a placeholder with a name that is none: "{${inside}}"`);
  if ((type ?? name) === 'arch') return { kind: 'words', name, words: byLength(ARCH_NAMES) };
  if (type?.includes('|') === true) {
    const words = type.split('|');
    if (!words.every((word) => WORD.test(word))) throw new PatternError(`lists something odd in "{${inside}}"`);
    return { kind: 'words', name, words: byLength(words) };
  }
  const machine =
    PLACEHOLDER_TYPES.get(type ?? name) ?? (type === undefined ? PLACEHOLDER_TYPES.get('word') : undefined);
  if (machine === undefined) throw new PatternError(`has a placeholder of an unknown type: "{${inside}}"`);
  return { kind: 'machine', name, machine };
}

const byLength = (words: readonly string[]): string[] => [...words].sort((a, b) => b.length - a.length);

/** Where a token can start so that it ends where `after` allows. */
function starts(token: Token, name: string, after: Uint8Array): Uint8Array<ArrayBuffer> {
  const found = new Uint8Array(name.length + 1);
  if (token.kind === 'machine') {
    const inside = reachable(token.machine, name, after);
    for (let at = 0; at <= name.length; at++) found[at] = inside[at * token.machine.states] ?? 0;
    return found;
  }
  const texts = token.kind === 'literal' ? [token.text] : token.words;
  for (let at = 0; at <= name.length; at++) {
    found[at] = texts.some((text) => after[at + text.length] === 1 && name.startsWith(text, at)) ? 1 : 0;
  }
  return found;
}

/** For each place and state of a machine, whether it can end from there where `after` allows. */
function reachable(machine: Machine, name: string, after: Uint8Array): Uint8Array {
  const { states, ends } = machine;
  const found = new Uint8Array((name.length + 1) * states);
  for (let at = name.length; at >= 0; at--) {
    const code = at < name.length ? name.charCodeAt(at) : undefined;
    for (let state = 0; state < states; state++) {
      const next = code === undefined ? NONE : machine.step(state, code);
      const here = after[at] === 1 && ends[state] === 1;
      found[at * states + state] = here || (next !== NONE && found[(at + 1) * states + next] === 1) ? 1 : 0;
    }
  }
  return found;
}

/** Where the token that starts at `at` ends when it takes as much as the rest allows. */
function longest(token: Token, name: string, at: number, after: Uint8Array): number {
  if (token.kind !== 'machine') {
    const texts = token.kind === 'literal' ? [token.text] : token.words;
    const text = texts.find((each) => after[at + each.length] === 1 && name.startsWith(each, at));
    return at + (text?.length ?? 0);
  }
  const { machine } = token;
  let end = at;
  for (let state = 0, place = at; state !== NONE; place++) {
    if (machine.ends[state] === 1 && after[place] === 1) end = place;
    state = place < name.length ? machine.step(state, name.charCodeAt(place)) : NONE;
  }
  return end;
}
