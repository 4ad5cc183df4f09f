import { printable } from '@loopstick/core';

import { createPaint, type Format } from './style.ts';

/**
 * Where a command's words go: data on standard output, everything for the person on standard error. What is printed may
 * quote anything from outside, so every line is escaped here, and colour is asked for beside the text.
 */
export interface Terminal {
  readonly json: boolean;
  /** A person sits at both ends: questions may be asked and lines redrawn. */
  readonly interactive: boolean;
  readonly columns: number;
  /** Data: one line, or a JSON document with `json`. */
  data(line: string, format?: Format): void;
  document(value: unknown): void;
  /** A line for the person. Silent with --quiet. */
  note(line: string, format?: Format): void;
  /** Something worth knowing that stops nothing; never silent. */
  warn(warning: { readonly message: string; readonly hint: string }): void;
  /** A line for the person that is never silent. */
  error(line: string, format?: Format): void;
  /** Puts this text, without a line break, below the last line; the next text or line takes its place. */
  status(text: string): void;
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
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write('\r\u001b[K');
    shown = false;
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
  return {
    json,
    interactive: stderr.isTTY && stdin.isTTY && env['TERM'] !== 'dumb' && !quiet,
    get columns() {
      return stderr.columns || 80;
    },
    data: (line, format) => {
      if (!json) out(line, format);
    },
    document: (value) => {
      if (json) stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    note: (line, format) => {
      if (!quiet) err(line, format);
    },
    warn: ({ message, hint }) => {
      err(`warning: ${message} ${hint}`, 'yellow');
    },
    error: err,
    status: (text) => {
      clear();
      if (text === '') return;
      stderr.write(printable(text, Infinity));
      shown = true;
    },
  };
}
