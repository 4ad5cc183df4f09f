/** The order of release versions, over all the ways in which distributions write them. */

const PRE_RELEASE = /^(?:alpha|beta|rc|pre|preview|dev|devel|daily|snapshot|testing|rawhide)$/;

/** Places a part of a version among others at the same position: `beta` < (nothing) < `b` < `2` < `10`. */
function rank(part: string | undefined): number {
  if (part === undefined) return 1;
  if (/^\d/.test(part)) return 3;
  return PRE_RELEASE.test(part) ? 0 : 2;
}

function parts(version: string): string[] {
  return version.toLowerCase().match(/\d+|[a-z]+/g) ?? [];
}

/** Numbers of any length, without the rounding of a double. */
function compareNumbers(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+(?=\d)/, ''), b.replace(/^0+(?=\d)/, '')];
  return x.length - y.length || compareText(x, y);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Negative when `a` is older than `b`, 0 when they mean the same. Numbers count as numbers and a pre-release comes
 * before its release: 22.04.2 < 22.04.10, `38 Beta` = `38-beta` < `38`.
 */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [parts(a), parts(b)];
  for (let at = 0; at < Math.max(x.length, y.length); at++) {
    const [p, q] = [x[at], y[at]];
    const byRank = rank(p) - rank(q);
    if (byRank !== 0) return byRank;
    const byValue = rank(p) === 3 ? compareNumbers(p ?? '', q ?? '') : compareText(p ?? '', q ?? '');
    if (byValue !== 0) return byValue;
  }
  return 0;
}

export function isPreRelease(version: string): boolean {
  return parts(version).some((part) => PRE_RELEASE.test(part));
}
