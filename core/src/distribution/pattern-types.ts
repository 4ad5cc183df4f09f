/**
 * What a placeholder of a pattern takes. Each type is a small deterministic automaton, so that matching is linear in
 * the length of the name whatever a document asks for.
 */

/** States are numbers, 0 is where it starts. */
export interface Machine {
  readonly states: number;
  /** After a character with this code; NONE when it does not belong to it. */
  step(state: number, code: number): number;
  /** For each state 1 when a value may end there. */
  readonly ends: Uint8Array;
}

interface State {
  readonly ends: boolean;
  /** A test for one character, and the state that follows. At most one test fits a character. */
  readonly steps: readonly (readonly [RegExp, number])[];
}

export const NONE = -1;
const ASCII = 128;

/** A table for ASCII, which is nearly all that there is: a regular expression for each step costs twenty times as much. */
function machine(...states: readonly State[]): Machine {
  const slow = (state: number, code: number): number =>
    states[state]?.steps.find(([test]) => test.test(String.fromCharCode(code)))?.[1] ?? NONE;
  const table = Int8Array.from({ length: states.length * ASCII }, (_, at) => slow(Math.floor(at / ASCII), at % ASCII));
  return {
    states: states.length,
    step: (state, code) => (code < ASCII ? (table[state * ASCII + code] ?? NONE) : slow(state, code)),
    ends: Uint8Array.from(states, ({ ends }) => (ends ? 1 : 0)),
  };
}

const DIGIT = /[0-9]/;

/** Characters of one class, one at least. */
const some = (test: RegExp): Machine =>
  machine({ ends: false, steps: [[test, 1]] }, { ends: true, steps: [[test, 1]] });

/** Words of one class that single separators join. */
const joined = (word: RegExp, separator: RegExp): Machine =>
  machine(
    { ends: false, steps: [[word, 1]] },
    // prettier-ignore
    { ends: true, steps: [[word, 1], [separator, 0]] },
  );

/** Four, two and two digits; a hyphen or dot between them may be there. */
const DAY: Machine = machine(
  ...[0, 1, 2, 3].map((at) => ({ ends: false, steps: [[DIGIT, at + 1] as const] })),
  // prettier-ignore
  { ends: false, steps: [[DIGIT, 6], [/[-.]/, 5]] },
  { ends: false, steps: [[DIGIT, 6]] },
  { ends: false, steps: [[DIGIT, 7]] },
  // prettier-ignore
  { ends: false, steps: [[DIGIT, 9], [/[-.]/, 8]] },
  { ends: false, steps: [[DIGIT, 9]] },
  { ends: false, steps: [[DIGIT, 10]] },
  { ends: true, steps: [] },
);

/** Numbers joined by dots; the last may have letters after it: `24.04.3`, `12`, `1.7.0rc1`. */
const VERSION: Machine = machine(
  { ends: false, steps: [[DIGIT, 1]] },
  // prettier-ignore
  { ends: true, steps: [[DIGIT, 1], [/\./, 0], [/[a-z]/, 2]] },
  { ends: true, steps: [[/[a-z0-9]/, 2]] },
);

/** By the name that a document gives: `{build:number}`. */
export const PLACEHOLDER_TYPES: ReadonlyMap<string, Machine> = new Map([
  ['version', VERSION],
  ['number', some(DIGIT)],
  ['date', DAY],
  ['hex', some(/[0-9a-f]/)],
  ['word', some(/[A-Za-z0-9_]/)],
  ['words', joined(/[A-Za-z0-9_]/, /[-.+~]/)],
  ['text', some(/[^/\p{C}]/u)],
  // As long as an address, and never a query: for mirror lists and paths inside an ISO.
  ['path', joined(/[\w.+~:@,=-]/, /\//)],
]);

/** As vendors write them in names of files. */
export const ARCH_NAMES: readonly string[] = [
  ...['x86_64', 'amd64', 'x64', 'x86-64', '64bit', 'i386', 'i486', 'i586', 'i686', 'x86', '32bit'],
  ...['aarch64', 'arm64', 'armhf', 'armv7', 'armv7l', 'armel'],
  ...['ppc64le', 'ppc64el', 'ppc64', 'powerpc', 's390x', 'riscv64', 'loongarch64', 'loong64', 'mips64el', 'ia64'],
];
