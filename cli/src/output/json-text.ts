/** Elements of a list that are made into text at a time. */
const AT_ONCE = 500;

/** A value as JSON text, in pieces where it is a long list. */
export function* jsonPieces(value: unknown): Generator<string> {
  if (Array.isArray(value)) yield* jsonList(value, (item: unknown) => item);
  else yield `${escaped(JSON.stringify(value, null, 2))}\n`;
}

/**
 * A list as JSON text with an item a line, which programs that take lines can search, and which costs half of what
 * indenting does. In pieces, each made of its items when it is asked for: so a list of 100,000 is never there as one
 * text. Characters that could steer a terminal are escaped, which means the same to whoever reads the JSON.
 */
export function* jsonList<T>(items: readonly T[], each: (item: T) => unknown): Generator<string> {
  if (items.length === 0) {
    yield '[]\n';
    return;
  }
  yield '[';
  for (let at = 0; at < items.length; at += AT_ONCE) {
    const lines = items.slice(at, at + AT_ONCE).map((item) => JSON.stringify(each(item)));
    yield `${at === 0 ? '' : ','}\n${escaped(lines.join(',\n'))}`;
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
