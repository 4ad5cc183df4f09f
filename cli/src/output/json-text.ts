/** Elements of a list that are made into text at a time. */
const AT_ONCE = 500;

/** A value as JSON text, in pieces where it is a long list. */
export function* jsonPieces(value: unknown): Generator<string> {
  if (Array.isArray(value)) yield* jsonList(value, (item: unknown) => item);
  else yield `${escaped(JSON.stringify(value, null, 2))}\n`;
}

/**
 * A list as JSON text, in pieces, each made of its items when it is asked for: so a list of 100,000 is never there as
 * one text. Characters that could steer a terminal are escaped, which means the same to whoever reads the JSON.
 */
export function* jsonList<T>(items: readonly T[], each: (item: T) => unknown): Generator<string> {
  if (items.length === 0) {
    yield '[]\n';
    return;
  }
  yield '[';
  for (let at = 0; at < items.length; at += AT_ONCE) {
    // Without its brackets a part of the list is what stands inside those of the whole.
    const part = JSON.stringify(items.slice(at, at + AT_ONCE).map(each), null, 2).slice(1, -2);
    yield `${at === 0 ? '' : ','}${escaped(part)}`;
  }
  yield '\n]\n';
}

/** A value as JSON text on one line. */
export function jsonLine(value: object): string {
  return `${escaped(JSON.stringify(value))}\n`;
}

/** JSON.stringify escapes what is below a blank; these are the others that printable() of core escapes. */
function escaped(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
