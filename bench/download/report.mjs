/** Medians and ratios, as a table. */

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The medians of the rounds of one program. */
function summarise(rounds) {
  const good = rounds.filter(({ failed }) => failed === undefined);
  if (good.length === 0) return undefined;
  const of = (what) => median(good.map((round) => round[what]));
  return { wall: of('wall'), cpu: of('cpu'), rss: of('rss'), fetched: of('fetched'), requests: of('requests') };
}

export function printTable(scenario, results) {
  const summaries = Object.fromEntries(Object.entries(results).map(([name, rounds]) => [name, summarise(rounds)]));
  const own = summaries.loopstick;
  const rows = Object.entries(results).map(([name, rounds]) => {
    const summary = summaries[name];
    if (summary === undefined) return [name, rounds.at(-1)?.failed ?? 'not run'];
    const { wall, cpu, rss, fetched, requests } = summary;
    const times = own === undefined ? '' : (own.wall / wall).toFixed(2);
    const processor = own === undefined ? '' : (own.cpu / cpu).toFixed(2);
    return [
      name,
      wall.toFixed(2),
      cpu.toFixed(2),
      (rss / 1e6).toFixed(0),
      (fetched / scenario.size).toFixed(4),
      String(requests),
      times,
      processor,
    ];
  });
  const head = ['', 'wall s', 'cpu s', 'peak MB', 'fetched / size', 'requests', 'loopstick wall x', 'loopstick cpu x'];
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => (row.length > 2 ? row[column].length : 0))),
  );
  widths[0] = Math.max(...rows.map((row) => row[0].length));
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, column) =>
      column === 0 || row.length === 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    );
    console.log(cells.join('  ').trimEnd());
  }
  const found = Object.fromEntries(Object.entries(summaries).filter(([, summary]) => summary !== undefined));
  for (const line of scenario.goals(found, scenario)) console.log(`  ${line}`);
}
