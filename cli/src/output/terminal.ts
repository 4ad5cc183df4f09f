import { printable } from '@loopstick/core';

import { jsonLine, jsonList, jsonPieces } from './json-text.ts';
import { createPaint, type Format } from './style.ts';

/**
 * Where a command's words go: data on standard output, everything for the person on standard error. What is printed may
 * quote anything from outside, so every line is escaped here, and colour is asked for beside the text.
 *
 * With `json`, standard output carries one JSON document and standard error one JSON object a line; see docs/json.md.
 */
export interface Terminal {
  readonly json: boolean;
  /** A person sits at both ends: questions may be asked and lines redrawn. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly rows: number;
  /** Data: one line, or a JSON document with `json`. */
  data(line: string, format?: Format): void;
  document(value: unknown): void;
  /** The same for a list that may be long: what `each` makes of an item is there no longer than it takes to print it. */
  documentList<T>(items: readonly T[], each: (item: T) => unknown): void;
  /** With `json`, an object on a line of standard output: of a command that has no end and so no document. */
  objectLine(value: object): void;
  /** A line for the person. Silent with --quiet. */
  note(line: string, format?: Format): void;
  /** Something worth knowing that stops nothing; never silent. */
  warn(warning: { readonly message: string; readonly hint: string; readonly code?: string }): void;
  /** A line for the person that is never silent. */
  error(line: string, format?: Format): void;
  /** For programs: with `json` an object on a line, otherwise nothing. Silent with --quiet. */
  event(name: string, fields: object): void;
  /** Puts these lines below the last one; the next lines, of whatever kind, take their place. */
  status(lines: readonly string[]): void;
}

export interface TerminalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

export function createTerminal(
  streams: { stdin: NodeJS.ReadStream; stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
  env: Readonly<Record<string, string | undefined>>,
  { json, quiet, color }: TerminalOptions,
): Terminal {
  const { stdin, stdout, stderr } = streams;
  let shown = 0;
  const clear = (): void => {
    // To the first of the lines that were shown, then everything below.
    if (shown > 0) stderr.write(`\r${shown > 1 ? `\u001b[${shown - 1}A` : ''}\u001b[J`);
    shown = 0;
  };
  const writer = (stream: NodeJS.WriteStream): ((line: string, format?: Format) => void) => {
    const paint = createPaint({ isTTY: color && stream.isTTY, env });
    return (line, format) => {
      clear();
      const text = printable(line, Infinity);
      stream.write(`${format === undefined ? text : paint(format, text)}\n`);
    };
  };
  const out = writer(stdout);
  const err = writer(stderr);
  const object = (value: object): void => void stderr.write(jsonLine(value));
  const note = (text: string): void => {
    object({ event: 'note', text: printable(text, Infinity) });
  };
  return {
    json,
    interactive: stderr.isTTY && stdin.isTTY && env['TERM'] !== 'dumb' && !quiet && !json,
    get columns() {
      return stderr.columns || 80;
    },
    get rows() {
      return stderr.rows || 24;
    },
    data: (line, format) => {
      if (!json) out(line, format);
    },
    document: (value) => {
      if (json) for (const piece of jsonPieces(value)) stdout.write(piece);
    },
    documentList: (items, each) => {
      if (json) for (const piece of jsonList(items, each)) stdout.write(piece);
    },
    objectLine: (value) => {
      if (json) stdout.write(jsonLine(value));
    },
    note: (line, format) => {
      if (quiet) return;
      if (json) note(line);
      else err(line, format);
    },
    warn: ({ code, message, hint }) => {
      if (json) object({ event: 'warning', code, message, hint });
      else err(`warning: ${message}${/[.!?]$/.test(message) ? '' : '.'} ${hint}`, 'yellow');
    },
    error: (line, format) => {
      if (json) note(line);
      else err(line, format);
    },
    event: (name, fields) => {
      if (json && !quiet) object({ event: name, ...fields });
    },
    status: (lines) => {
      clear();
      if (lines.length === 0) return;
      stderr.write(lines.map((line) => printable(line, Infinity)).join('\n'));
      shown = lines.length;
    },
  };
}
