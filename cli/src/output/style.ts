import { styleText } from 'node:util';

export type Format = Parameters<typeof styleText>[0];

/** Colours text, or leaves it as it is. */
type Paint = (format: Format, text: string) => string;

export interface ColorInput {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Colours only on a terminal, and not when NO_COLOR (no-color.org) is set or the terminal is a dumb one. */
export function createPaint({ isTTY, env }: ColorInput): Paint {
  const on = isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  // Whether to colour has just been decided; newer Node versions would otherwise decide again, by standard output.
  return on ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text;
}
