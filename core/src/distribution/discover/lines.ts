import type { LinesRule } from '../list-schema.ts';
import { hasValues, MOST_ROWS, rowOf, tooManyRows, type Row } from './row.ts';

const SEPARATORS = { tab: '\t', comma: ',', space: ' ' } as const;

/** Rows of a text with one on each line; lines that are empty or begin with `#` say nothing. */
export function readLines(text: string, { columns, separator, where }: LinesRule): Row[] {
  const rows: Row[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (rows.length >= MOST_ROWS) throw tooManyRows();
    const cells =
      separator === undefined ? line.trim().split(/\s+/) : line.replace(/\r$/, '').split(SEPARATORS[separator]);
    const row = rowOf(columns.map((column, at) => [column, cells[at]?.trim()] as const));
    if (hasValues((name) => row.get(name), where)) rows.push(row);
  }
  return rows;
}
