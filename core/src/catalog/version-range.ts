/**
 * Ranges of versions, as npm writes them: `^12`, `~22.04`, `>=22.04,<24`. Versions of distributions are not those of npm
 * (`22.04` is no minor version 4), so they are compared by version-order.ts and may have any number of parts.
 */
import { compareVersions } from './version-order.ts';

/** True for the versions that are in the range. */
export type VersionRange = (version: string) => boolean;

const COMPARATOR = /^(>=|<=|[<>=^~])([a-z0-9]+(?:[._-][a-z0-9]+)*)$/;

/** True for a text that can only be meant as a range. */
export function isVersionRange(text: string): boolean {
  return /^[<>=^~]/.test(text);
}

/**
 * Reads a range in which blanks have become hyphens already; undefined when it is none.
 *
 * - `^12`: from 12 on, as long as the first number is the same.
 * - `~22.04`: from 22.04 on, as long as all numbers but those behind are the same; `~3.20.1` is from 3.20.1 to 3.20.x.
 * - `>`, `>=`, `<`, `<=`, `=`: as they say. Several, joined by commas or blanks, all have to be met.
 */
export function parseVersionRange(text: string): VersionRange | undefined {
  const tests: VersionRange[] = [];
  for (const part of text.replace(/([<>=^~])-+/g, '$1').split(/[-,]+(?=[<>=^~])/)) {
    const [, operator = '', wanted = ''] = COMPARATOR.exec(part) ?? [];
    const test = TESTS[operator];
    if (test === undefined) return undefined;
    tests.push((version) => test(version, wanted));
  }
  return (version) => tests.every((test) => test(version));
}

const TESTS: Readonly<Record<string, (version: string, wanted: string) => boolean>> = {
  '>': (version, wanted) => compareVersions(version, wanted) > 0,
  '>=': (version, wanted) => compareVersions(version, wanted) >= 0,
  '<': (version, wanted) => compareVersions(version, wanted) < 0,
  '<=': (version, wanted) => compareVersions(version, wanted) <= 0,
  '=': (version, wanted) => compareVersions(version, wanted) === 0,
  '^': (version, wanted) => isFrom(version, wanted, 1),
  '~': (version, wanted) => isFrom(version, wanted, Math.min(2, wanted.split(/[._-]/).length)),
};

/** Not older than `wanted`, with the same first `parts`. */
function isFrom(version: string, wanted: string, parts: number): boolean {
  const head = (text: string): string => text.split(/[._-]/).slice(0, parts).join('.');
  return compareVersions(version, wanted) >= 0 && compareVersions(head(version), head(wanted)) === 0;
}
