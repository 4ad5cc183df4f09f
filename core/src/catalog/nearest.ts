/**
 * How many letters have to be added, dropped, changed or swapped with their neighbour to turn `a` into `b` (optimal
 * string alignment distance).
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** Which of `names` a person may have meant by `typed`, nearest first, at most `most`. */
export function nearest(typed: string, names: readonly string[], most = 3): string[] {
  const allowed = Math.max(1, Math.floor(typed.length / 3));
  return names
    .map((name) => ({
      name,
      // Half a name, or a name with something behind it, is a good guess at any distance.
      away: typed.length >= 3 && (name.startsWith(typed) || typed.startsWith(name)) ? 0.5 : editDistance(typed, name),
    }))
    .filter(({ away }) => away <= allowed)
    .sort((a, b) => a.away - b.away || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}
