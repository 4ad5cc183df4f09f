import { printable } from '@loopstick/core';

/** Lines of a table whose columns are as wide as their widest cell; numbers are set to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = [head, ...rows.map((row) => row.map((cell) => printable(String(cell))))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))));
  const right = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  return cells.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, right[column] === true))
      .join('  ')
      .trimEnd(),
  );
}

function pad(cell: string, to: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, to - width(cell)));
  return right ? blanks + cell : cell + blanks;
}

function width(text: string): number {
  return [...text].length;
}
