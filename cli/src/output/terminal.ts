import { createPaint, type Paint } from './style.ts';

/** Where a command's words go: data on standard output, everything for the person on standard error. */
export interface Terminal {
  readonly json: boolean;
  /** A person sits at both ends: questions may be asked and lines redrawn. */
  readonly interactive: boolean;
  readonly columns: number;
  /** For standard error. */
  readonly paint: Paint;
  /** For standard output. */
  readonly paintData: Paint;
  /** Data: one line, or a JSON document with `json`. */
  data(line: string): void;
  document(value: unknown): void;
  /** A line for the person. Silent with --quiet. */
  note(line: string): void;
  /** Something worth knowing that stops nothing; never silent. */
  warn(warning: { readonly message: string; readonly hint: string }): void;
  /** A line for the person that is never silent. */
  error(line: string): void;
  /** Puts this text, without a line break, below the last line; the next text or line takes its place. */
  status(text: string): void;
}

export interface TerminalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

// The program's own colours (SGR sequences), and every control or direction character beside them.
const OUTSIDE =
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  /\u001b\[[0-9;]{0,8}m|[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** What the program prints may quote anything; only its own colours may steer the terminal. */
function plain(line: string): string {
  return line.replace(OUTSIDE, (found) =>
    found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function createTerminal(
  streams: { stdin: NodeJS.ReadStream; stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
  env: Readonly<Record<string, string | undefined>>,
  { json, quiet, color }: TerminalOptions,
): Terminal {
  const { stdin, stdout, stderr } = streams;
  const paintFor = (stream: NodeJS.WriteStream): Paint => createPaint({ isTTY: color && stream.isTTY, env });
  const paint = paintFor(stderr);
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write('\r\u001b[K');
    shown = false;
  };
  return {
    json,
    interactive: stderr.isTTY && stdin.isTTY && env['TERM'] !== 'dumb' && !quiet,
    get columns() {
      return stderr.columns || 80;
    },
    paint,
    paintData: paintFor(stdout),
    data: (line) => {
      clear();
      if (!json) stdout.write(`${plain(line)}\n`);
    },
    document: (value) => {
      if (json) stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    note: (line) => {
      clear();
      if (!quiet) stderr.write(`${plain(line)}\n`);
    },
    warn: ({ message, hint }) => {
      clear();
      stderr.write(`${paint('yellow', 'warning:')} ${plain(`${message} ${hint}`)}\n`);
    },
    error: (line) => {
      clear();
      stderr.write(`${plain(line)}\n`);
    },
    status: (text) => {
      clear();
      if (text === '') return;
      stderr.write(plain(text));
      shown = true;
    },
  };
}
