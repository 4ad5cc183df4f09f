/** What the rounds come to: medians, regret, and who was best how often. */

/** Knows everything, so it is no rival. */
const ORACLE = 'oracle';
/** As good as the best, and as good as can be expected of somebody who does not know everything. */
const NEAR_BEST = 1.05;
const NEAR_ORACLE = 1.1;
/** Mirrors that could not send for so long have made a run longer. */
const DISTURBED_MS = 100;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The medians of the rounds of one strategy in one scenario; `failed` when one of them did. */
export function summarise(strategy, rounds, size) {
  const bad = rounds.find(({ failed }) => failed !== undefined);
  if (bad !== undefined) return { strategy, failed: bad.failed, rounds };
  const of = (what) => median(rounds.map((round) => round[what]));
  return {
    strategy,
    seconds: of('seconds'),
    wasted: median(rounds.map(({ sent }) => sent - size)),
    requests: of('requests'),
    probes: of('probes'),
    // Against the bound of the same round: chance is not the same in each.
    regret: median(rounds.map(({ seconds, oracle }) => seconds / oracle - 1)),
    mostAtOnce: Math.max(...rounds.map(({ mostAtOnce }) => mostAtOnce)),
    warnings: [...new Set(rounds.flatMap(({ warnings }) => warnings))],
    rounds,
  };
}

/** The strategy that took the least time. */
function bestOf(summaries) {
  const rivals = summaries.filter(({ strategy, failed }) => strategy !== ORACLE && failed === undefined);
  return rivals.sort((a, b) => a.seconds - b.seconds)[0];
}

export function printScenario({ name, title, life, size, oracle, strategies }, print) {
  const best = bestOf([...strategies]);
  print(`\n${name}: ${title} (${(size / 1e6).toFixed(0)} MB; ${life}); the oracle needs ${oracle.toFixed(2)} s`);
  const rows = strategies.map((one) =>
    one.failed !== undefined
      ? [one.strategy, one.failed]
      : [
          `${one.strategy}${one === best ? ' *' : ''}`,
          one.seconds.toFixed(2),
          percent(one.regret),
          percent(one.seconds / best.seconds - 1),
          (one.wasted / 1e6).toFixed(2),
          ...[one.requests, one.probes, one.mostAtOnce].map(String),
          one.warnings.join(' '),
        ],
  );
  const pauses = strategies.flatMap(({ rounds }) => rounds.map(({ pauseMs }) => pauseMs));
  const disturbed = pauses.filter((ms) => ms > DISTURBED_MS).length;
  printTable(['', 'seconds', 'regret', 'to best', 'wasted MB', 'requests', 'probes', 'at a mirror', ''], rows, print);
  if (disturbed > 0)
    print(
      `  ${disturbed} of ${pauses.length} runs were disturbed: this machine had other work for up to ${Math.max(...pauses).toFixed(0)} ms`,
    );
}

/** How often each strategy was best, as good as the best, and as good as the oracle. */
export function tally(scenarios) {
  const names = [...new Set(scenarios.flatMap(({ strategies }) => strategies.map(({ strategy }) => strategy)))];
  return names.map((strategy) => {
    const runs = scenarios.flatMap((scenario) => {
      const own = scenario.strategies.find((one) => one.strategy === strategy);
      const best = bestOf([...scenario.strategies]);
      return own === undefined || best === undefined ? [] : [{ own, best }];
    });
    const good = runs.filter(({ own }) => own.failed === undefined);
    return {
      strategy,
      scenarios: runs.length,
      best: good.filter(({ own, best }) => own === best).length,
      nearBest: good.filter(({ own, best }) => own.seconds <= best.seconds * NEAR_BEST).length,
      nearOracle: good.filter(({ own }) => own.regret <= NEAR_ORACLE - 1).length,
      regret: good.length === 0 ? undefined : mean(good.map(({ own }) => own.regret)),
      worstToBest:
        good.length === 0 ? undefined : Math.max(...good.map(({ own, best }) => own.seconds / best.seconds - 1)),
      failed: runs.length - good.length,
    };
  });
}

export function printTally(scenarios, print) {
  print(`\nin ${scenarios.length} scenarios, times are medians`);
  const rows = tally(scenarios).map((one) => [
    one.strategy,
    ...[one.best, one.nearBest, one.nearOracle, one.failed].map(String),
    one.regret === undefined ? '' : percent(one.regret),
    one.worstToBest === undefined ? '' : percent(one.worstToBest),
  ]);
  const head = ['', 'best', 'within 5 % of it', 'within 10 % of the oracle', 'failed', 'mean regret', 'worst to best'];
  printTable(head, rows, print);
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

function printTable(head, rows, print) {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => (row.length > 2 || column === 0 ? row[column].length : 0))),
  );
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, column) =>
      column === 0 || column === head.indexOf('', 1) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    );
    print(`  ${cells.join('  ')}`.trimEnd());
  }
}
