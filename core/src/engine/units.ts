const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes for people, in binary units: `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? 'B'}`;
}

/**
 * A size as people type it: `16G`, `1.5GiB`, `700M`, `32GB`, `4096`. `K`, `M`, `G`, `T` and `…iB` are powers of 1024;
 * `KB`, `MB`, `GB`, `TB` are powers of 1000, as printed on sticks. Undefined for anything else.
 */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?b)?|b)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, number = '', letter, suffix] = match;
  const power = letter === undefined ? 0 : 'kmgt'.indexOf(letter.toLowerCase()) + 1;
  const base = suffix?.toLowerCase() === 'b' ? 1000 : 1024;
  const bytes = Math.floor(Number(number) * base ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
