/**
 * Whether hosts are among those that were granted, as wire/covers.ts says it: here with nothing that could be replaced
 * by the one who is asked about, so that only comparisons are left.
 * @param granted as a manifest names them
 */
export function hostList(granted: readonly string[]): (hostname: string, port: unknown) => boolean {
  const lower = granted.map((each) => each.toLowerCase());
  const isPattern = lower.map((each) => each.startsWith('*.'));
  const { length } = lower;
  return (hostname, port) => {
    const host = `${hostname}:${port as string}`;
    for (let at = 0; at < length; at++) {
      const each = lower[at] ?? '';
      if (each === '*' || each === hostname || each === host) return true;
      if (isPattern[at] === true && endsWith(hostname, each)) return true;
    }
    return false;
  };
}

/** With what follows the star. */
function endsWith(hostname: string, pattern: string): boolean {
  const shift = hostname.length - pattern.length;
  for (let at = 1; at < pattern.length; at++) if (hostname[shift + at] !== pattern[at]) return false;
  return true;
}
