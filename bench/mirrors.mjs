/**
 * Mirror strategies side by side in the mirror laboratory (test/src/mirror-lab): time to the verified file, bytes sent
 * in vain, requests, probes, and regret against an oracle that knew everything. Strategies of plugins are found by
 * themselves; librepo's, rate-mirrors' and aria2's ways, chance and the oracle are rivals of the laboratory's.
 *
 *   npm run bench:mirrors -- [scenario…] [--rounds N] [--only strategy,…] [--times N]
 *     [--quick] [--json] [--list]
 *
 * --times: so many times the size. --quick: one round on half of the size. --json: the report goes to the standard output, tables to the other one.
 */
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { oracleSeconds, SCENARIOS } from '../test/dist/mirror-lab/index.js';
import { startChild } from './mirrors/child.mjs';
import { printScenario, printTally, summarise, tally } from './mirrors/report.mjs';

const LAB = new URL('mirrors/lab-process.mjs', import.meta.url);
const RUN = new URL('mirrors/run-process.mjs', import.meta.url);
const ROUNDS = 3;
/** A strategy that needs so many times as long as the oracle, and so much more, is given up. */
const PATIENCE = 8;
const MORE_SECONDS = 30;
const MEMORY = '/dev/shm';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    times: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const print = options.json ? console.error : console.log;
process.exitCode = await main();

async function main() {
  if (options.list) {
    for (const { name, title } of SCENARIOS) print(`${name.padEnd(16)} ${title}`);
    return 0;
  }
  const unknown = positionals.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    console.error(`There is no scenario "${unknown}": ${SCENARIOS.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const work = await mkdtemp(join((await isThere(MEMORY)) ? MEMORY : tmpdir(), 'loopstick-mirrors-'));
  const chosen = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const results = [];
  try {
    const strategies = await chosenStrategies(work);
    for (const scenario of chosen) {
      results.push(
        await runScenario(resized(scenario, Number(options.times ?? (options.quick ? 0.5 : 1))), strategies, work),
      );
      printScenario(results.at(-1), print);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  if (results.length > 1) printTally(results, print);
  if (options.json) console.log(JSON.stringify({ scenarios: results, tally: tally(results) }, null, 2));
  return 0;
}

async function runScenario(scenario, strategies, work) {
  const rounds = Number(options.rounds ?? (options.quick ? 1 : ROUNDS));
  const runs = new Map(strategies.map((strategy) => [strategy, []]));
  const lab = startChild(LAB);
  try {
    const mirrors = await lab.ask({ kind: 'start', scenario });
    for (let round = 0; round < rounds; round++) {
      // Whoever is first has no advantage that way.
      for (const strategy of rotated(strategies, round)) {
        runs.get(strategy).push(await runOnce({ ...mirrors, scenario, strategy }, `round ${round}`, lab, work));
      }
    }
  } finally {
    await lab.stop();
  }
  const { name, title, life, size } = scenario;
  const oracle = oracleSeconds(scenario, 'round 0');
  const summaries = strategies.map((strategy) => summarise(strategy, runs.get(strategy), size));
  return { name, title, life, size, oracle, strategies: summaries };
}

async function runOnce(job, seed, lab, work) {
  const oracle = oracleSeconds(job.scenario, seed);
  const home = await mkdtemp(join(work, 'home-'));
  const download = startChild(RUN);
  try {
    await lab.ask({ kind: 'reset', seed });
    const seconds = oracle * PATIENCE + MORE_SECONDS;
    const outcome = await download.ask({ kind: 'run', ...job, home, seed }, seconds * 1000);
    const { counts, pauseMs } = await lab.ask({ kind: 'count' });
    const sum = (what) => counts.reduce((all, count) => all + count[what], 0);
    const mostAtOnce = Math.max(...counts.map((count) => count.mostAtOnce));
    const seen = {
      oracle,
      pauseMs,
      sent: sum('sent'),
      requests: sum('requests'),
      connections: sum('connections'),
      mostAtOnce,
    };
    return { failed: outcome === undefined ? `over ${seconds.toFixed(0)} s` : undefined, ...outcome, ...seen, counts };
  } finally {
    await download.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function chosenStrategies(work) {
  const child = startChild(RUN);
  const { names } = await child.ask({ kind: 'names', home: work });
  await child.stop();
  const wanted = options.only?.split(',') ?? names;
  const missing = wanted.filter((name) => !names.includes(name));
  if (missing.length > 0) print(`not there: ${missing.join(', ')} (of ${names.join(', ')})`);
  return wanted.filter((name) => names.includes(name));
}

/** What is said in bytes is said of a share of the file, so that it still is the same scenario. */
function resized(scenario, times) {
  const mirrors = scenario.mirrors.map((mirror) =>
    mirror.stall === undefined ? mirror : { ...mirror, stall: { ...mirror.stall, after: mirror.stall.after * times } },
  );
  return { ...scenario, size: Math.floor(scenario.size * times), mirrors };
}

function rotated(list, by) {
  const at = by % Math.max(1, list.length);
  return [...list.slice(at), ...list.slice(0, at)];
}

async function isThere(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
