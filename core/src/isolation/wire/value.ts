/**
 * What may cross between the engine and a plugin's process: JSON, and besides it bytes, dates, maps and numbers that JSON
 * lacks. Nothing that comes out of it can have a getter, a prototype of its own or a cycle.
 */

/** Deep enough for a catalog document, and shallow enough to be walked. */
const DEPTH_LIMIT = 48;
const VALUES_LIMIT = 1_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Marks an object that stands for what JSON cannot say. */
const MARK = '~';

/** A message in its two parts: text, and all bytes that it refers to, one after the other. */
export interface Packed {
  readonly head: string;
  readonly body: readonly Uint8Array[];
}

/** @throws TypeError for what cannot cross: functions, symbols, what is too deep */
export function pack(value: unknown): Packed {
  const body: Uint8Array[] = [];
  return { head: JSON.stringify(encode(value, body, 0)), body };
}

function encode(value: unknown, body: Uint8Array[], depth: number): unknown {
  if (depth > DEPTH_LIMIT) throw new TypeError('it is nested too deeply, or contains itself');
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : { [MARK]: 'number', is: String(value) };
    case 'undefined':
      return { [MARK]: 'undefined' };
    case 'object':
      return value === null ? null : encodeObject(value, body, depth);
    default:
      throw new TypeError(`a ${typeof value} cannot be passed on`);
  }
}

function encodeObject(value: object, body: Uint8Array[], depth: number): unknown {
  const inner = (each: unknown): unknown => encode(each, body, depth + 1);
  if (Array.isArray(value)) return Array.from(value, inner);
  if (value instanceof Uint8Array) {
    body.push(value);
    return { [MARK]: 'bytes', is: value.byteLength };
  }
  if (value instanceof Date) return { [MARK]: 'date', is: Number.isNaN(value.getTime()) ? null : value.getTime() };
  if (value instanceof Map) return { [MARK]: 'map', is: Array.from(value, ([key, each]) => [inner(key), inner(each)]) };
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (entries.some(([key]) => key === MARK)) throw new TypeError(`a key "${MARK}" cannot be passed on`);
  return Object.fromEntries(entries.map(([key, each]) => [key, inner(each)]));
}

/** @throws Error for what `pack` does not write */
export function unpack(head: string, body: Uint8Array): unknown {
  requireShallow(head);
  const state = { body, at: 0, values: 0 };
  const value = decode(JSON.parse(head), state, 0);
  if (state.at !== body.byteLength) throw new Error('there are bytes to which nothing refers');
  return value;
}

/** Before it is parsed, since that takes seconds for a few million brackets. */
function requireShallow(head: string): void {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < head.length; at++) {
    const char = head.charCodeAt(at);
    if (isText) {
      if (char === BACKSLASH) at++;
      else if (char === QUOTE) isText = false;
    } else if (char === QUOTE) isText = true;
    // `[` and `{` differ in one bit, `]` and `}` in the same.
    else if ((char | 0x20) === 0x7b) depth++;
    else if ((char | 0x20) === 0x7d) depth--;
    if (depth > 4 * DEPTH_LIMIT) throw new Error('it is nested too deeply');
  }
}

interface Unpacking {
  readonly body: Uint8Array;
  at: number;
  values: number;
}

function decode(value: unknown, state: Unpacking, depth: number): unknown {
  if (depth > DEPTH_LIMIT) throw new Error('it is nested too deeply');
  if (++state.values > VALUES_LIMIT) throw new Error(`it has more than ${VALUES_LIMIT} values`);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => decode(each, state, depth + 1));
  if (Object.hasOwn(value, MARK)) return decodeMarked(value as Marked, state, depth);
  const entries = Object.entries(value);
  if (entries.some(([key]) => key === '__proto__')) throw new Error('it has a key "__proto__"');
  return Object.fromEntries(entries.map(([key, each]) => [key, decode(each, state, depth + 1)]));
}

interface Marked {
  readonly [MARK]: unknown;
  readonly is?: unknown;
}

function decodeMarked({ [MARK]: mark, is }: Marked, state: Unpacking, depth: number): unknown {
  if (mark === 'undefined') return undefined;
  if (mark === 'number') return Number(is);
  if (mark === 'date' && (typeof is === 'number' || is === null)) return new Date(is ?? Number.NaN);
  if (mark === 'bytes' && Number.isSafeInteger(is)) return take(Number(is), state);
  if (mark === 'map' && Array.isArray(is)) {
    const entries = is.map((entry: unknown) => {
      if (!Array.isArray(entry)) throw new Error('an entry of a map is not a pair');
      return entry.map((each) => decode(each, state, depth + 1));
    });
    return new Map(entries as [unknown, unknown][]);
  }
  throw new Error('it has a mark that nobody knows');
}

function take(length: number, state: Unpacking): Uint8Array {
  const end = state.at + length;
  if (length < 0 || end > state.body.byteLength) throw new Error('it refers to bytes that are not there');
  const bytes = state.body.subarray(state.at, end);
  state.at = end;
  return bytes;
}
