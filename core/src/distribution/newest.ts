import { compareVersions } from '../catalog/version-order.ts';

export type Series = 'major' | 'minor' | undefined;

/** `24.04.3` belongs to the series `24` or `24.04`. */
function seriesOf(version: string, series: Series): string {
  return series === undefined ? version : version.split('.', series === 'major' ? 1 : 2).join('.');
}

/** The newest versions, at most so many, and of each series only its newest. */
export function newestVersions(versions: Iterable<string>, most: number, series: Series): ReadonlySet<string> {
  const taken = new Map<string, string>();
  for (const version of [...new Set(versions)].sort((a, b) => compareVersions(b, a))) {
    const key = seriesOf(version, series);
    if (!taken.has(key) && taken.size < most) taken.set(key, version);
  }
  return new Set(taken.values());
}
