import type { Values } from '../template.ts';

/** Rows of one document beyond this are not read: it is refused. */
export const MOST_ROWS = 20_000;
/** Characters of a value that are kept; longer ones are left out. */
const LONGEST_VALUE = 2048;

/** What a list says of one file, by name. Whose address it is, `url` or `file` says. */
export type Row = Values;

/** A row of these values; what is no text, number or truth value is left out. */
export function rowOf(entries: Iterable<readonly [string, unknown]>): Row {
  const row = new Map<string, string>();
  for (const [name, value] of entries) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
    const text = String(value);
    if (text !== '' && text.length <= LONGEST_VALUE) row.set(name, text);
  }
  return row;
}

/** True when each of these names has the value that is wanted, or one of those. */
export function hasValues(
  row: (name: string) => string | undefined,
  where: Readonly<Record<string, string | readonly string[]>> | undefined,
): boolean {
  return Object.entries(where ?? {}).every(([name, wanted]) => {
    const value = row(name);
    return value !== undefined && (typeof wanted === 'string' ? wanted === value : wanted.includes(value));
  });
}

/** Thrown by those who read a document; whoever called them knows which one it is. */
export class OddDocument extends Error {}

export function tooManyRows(): OddDocument {
  return new OddDocument(`it has more than ${MOST_ROWS} rows`);
}
