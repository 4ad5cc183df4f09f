/**
 * The one error base and its descriptors.
 *
 * Every area keeps a table of descriptors in its own `errors.ts`. A descriptor's placeholders are typed from its
 * message and hint, so a value that is missing at the place of the throw fails to compile.
 */

/** What kind of trouble it is. The CLI maps a category to an exit code; see docs/exit-codes.md. */
export type ErrorCategory =
  | 'internal'
  | 'usage'
  | 'not-found'
  | 'bad-input'
  | 'verification'
  | 'network'
  | 'space'
  | 'target-refused'
  | 'missing-tool'
  | 'plugin'
  | 'system'
  | 'interrupted';

export interface ErrorDescriptor {
  /** Stable, upper case, never reused. Tests and programs compare this, never the text. */
  readonly code: string;
  readonly category: ErrorCategory;
  /** One line: what went wrong and where. `{name}` is filled from the arguments. */
  readonly message: string;
  /** One line: what a person can do next. */
  readonly hint: string;
}

type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;

/** The values that a descriptor's message and hint ask for. */
export type ErrorValues<D extends ErrorDescriptor> = Readonly<
  Record<Placeholder<D['message']> | Placeholder<D['hint']>, string | number>
>;

export interface ErrorOptions {
  readonly cause?: unknown;
  readonly pluginId?: string;
}

// A symbol from the global registry, because a plugin may bring a second copy of this module: `instanceof` would then fail.
const BRAND = Symbol.for('loopstick.error');

export class LoopstickError extends Error {
  readonly code: string;
  readonly category: ErrorCategory;
  readonly hint: string;
  /** The plugin whose work failed, when one did. */
  readonly pluginId: string | undefined;

  constructor(descriptor: ErrorDescriptor, values: Readonly<Record<string, string | number>>, options?: ErrorOptions) {
    super(
      fill(descriptor.message, values),
      options !== undefined && 'cause' in options ? { cause: options.cause } : undefined,
    );
    Object.defineProperty(this, BRAND, { value: true });
    this.name = 'LoopstickError';
    this.code = descriptor.code;
    this.category = descriptor.category;
    this.hint = fill(descriptor.hint, values);
    this.pluginId = options?.pluginId;
  }
}

/** Makes the error that a descriptor describes; the compiler asks for exactly the values it names. */
export function failure<const D extends ErrorDescriptor>(
  descriptor: D,
  values: ErrorValues<D>,
  options?: ErrorOptions,
): LoopstickError {
  return new LoopstickError(descriptor, values, options);
}

/** True for a LoopstickError of any copy of this module, and of this code when one is given. */
export function isLoopstickError(error: unknown, code?: string): error is LoopstickError {
  return (
    typeof error === 'object' &&
    error !== null &&
    BRAND in error &&
    (code === undefined || ('code' in error && error.code === code))
  );
}

/** The operating system's own code (`ENOSPC`, `EACCES`, …) of an error or of one of its causes. */
export function systemCode(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string' && /^E[A-Z0-9]+$/.test(at.code)) return at.code;
  }
  return undefined;
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'it is a link that leads nowhere',
};

/** Why something of the system failed, for the end of a sentence: `it does not exist`. */
export function reasonOf(error: unknown): string {
  return SYSTEM_REASONS[systemCode(error) ?? ''] ?? messageOf(error);
}

/** The message of whatever was thrown, on one line and safe for a terminal. */
export function messageOf(error: unknown): string {
  try {
    return printable(String(error instanceof Error ? error.message : error));
  } catch {
    // An object without a prototype, or whose toString throws, would else replace the error that is being reported.
    return 'something without a text';
  }
}

/**
 * Text from outside, made safe for a terminal and a log: control characters, line breaks and Unicode direction marks
 * become visible escapes, and the length is capped.
 */
export function printable(text: string, limit = 500): string {
  const clean = text.replace(
    // C0, DEL, C1, line and paragraph separators, zero-width and bidirectional controls.
    // eslint-disable-next-line no-control-regex -- control characters are what this function is for
    /[\u0000-\u001f\u007f-\u009f\u061c\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (char) => (char === '\n' ? ' ' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean;
}

function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? whole : printable(String(value), 2000);
  });
}
