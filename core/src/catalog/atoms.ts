/** The small values of a catalog document. They reach paths, terminals and URLs, so each has a form and a limit. */
import { z } from 'zod';

/** Lower-case letters and digits, joined by single dots or hyphens: safe as a path component. */
export const idSchema: z.ZodType<string> = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/, 'must be lower-case letters and digits, joined by "." or "-"');

const ARCH_ALIASES: ReadonlyMap<string, string> = new Map([
  ['amd64', 'x86_64'],
  ['x64', 'x86_64'],
  ['x86-64', 'x86_64'],
  ['arm64', 'aarch64'],
]);

/** The kernel's name of an architecture that vendors call by several: `amd64` is `x86_64`, `arm64` is `aarch64`. */
export function normaliseArch(arch: string): string {
  return ARCH_ALIASES.get(arch) ?? arch;
}

/** True for a name that can only mean an architecture. */
export function isArchName(text: string): boolean {
  return ARCH_ALIASES.has(text) || [...ARCH_ALIASES.values()].includes(text);
}

export const archSchema: z.ZodType<string, unknown> = z
  .string()
  .max(32)
  .regex(/^[a-z0-9]+(?:[_-][a-z0-9]+)*$/, 'must be the name of an architecture')
  .transform(normaliseArch);

/** One component of a path, which begins with a letter or digit and so is neither `.`, `..` nor an option. */
export const fileNameSchema: z.ZodType<string> = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+~-]*$/, 'must be a plain file name');

/** One line for a person: no control, format or private characters, so that it cannot steer a terminal. */
export function lineSchema(most: number): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'must be one line of printable characters');
}

/**
 * An http or https URL without credentials, at most 2048 characters. That nothing before the path holds an `@`, and that
 * the host begins at once, is told by the pattern: a catalog has hundreds of thousands of them, and reading one into
 * its parts costs ten times as much. A backslash counts as a slash (WHATWG URL, 4.4).
 */
export const webUrlSchema: z.ZodType<string> = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/(?=[A-Za-z0-9[%])(?![^/?#\\]*@)[\x21-\x7e]+$/, 'must be an http or https URL without credentials')
  .refine((text) => URL.canParse(text), 'must be a well-formed URL');

/** Where a torrent is: the address of a torrent file, or a magnet link. */
export const torrentUrlSchema: z.ZodType<string> = z.union([
  webUrlSchema,
  z
    .string()
    .max(2048)
    .regex(/^magnet:\?[\x21-\x7e]+$/, 'must be an http or https URL or a magnet link'),
]);

/** A day of the calendar, `YYYY-MM-DD`. */
export const dateSchema: z.ZodType<string> = z.iso.date();

/** Lower-case hex digits of a hash, `bits` long. */
export function hexSchema(bits: number): z.ZodType<string> {
  return z.string().regex(new RegExp(`^[0-9a-f]{${bits / 4}}$`), `must be ${bits / 4} lower-case hex digits`);
}

/** The full fingerprint of an OpenPGP key, version 4 or 5; a short key id can be forged. */
export const fingerprintSchema: z.ZodType<string> = z
  .string()
  .regex(/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/, 'must be a full fingerprint in upper-case hex digits');
