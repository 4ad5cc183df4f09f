/**
 * What it costs to have 100 plugins of data and 10 of code installed, as whole processes of the command against the
 * same without any, in turn. They are installed as a user installs them. Twenty of those of data bring a catalog, so
 * that the list is longer by their 120 images. Those of code are of five kinds; no process of theirs starts, as nothing
 * of what they add is wanted to list what there is. Goal: less than 60 ms more.
 *
 *   npm run bench:plugins [-- --rounds N]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { makePlugins } from './plugins/make.mjs';
import { median, roundsOf, run } from './processes/run.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const GOAL_MS = 60;
const COMMANDS = [['--help'], ['catalog', 'list'], ['catalog', 'list', 'fedora'], ['plugin', 'list']];
const program = fileURLToPath(new URL('../cli/bin/loopstick.js', import.meta.url));

const root = await mkdtemp(join(tmpdir(), 'loopstick-bench-'));
const home = (name) => ({ env: { LOOPSTICK_HOME: join(root, name), CI: 'true' } });
try {
  const folders = await makePlugins(join(root, 'made'));
  const { cpu } = await run([program, 'plugin', 'install', '--yes', '--trust', ...folders], home('many'));
  console.log(`${folders.length} plugins installed, ${(cpu / folders.length).toFixed(0)} ms of processor time each`);

  const jobs = COMMANDS.flatMap((args) => ['none', 'many'].map((name) => () => run([program, ...args], home(name))));
  const results = await roundsOf(jobs, Number(values.rounds));
  for (const [index, args] of COMMANDS.entries()) {
    const [none, many] = [results[2 * index], results[2 * index + 1]];
    const of = (runs, what) => median(runs.map((result) => result[what]));
    // Round by round, as what else this machine does changes from one to the next.
    const more = (what) => median(many.map((result, round) => result[what] - none[round][what]));
    const columns = [
      `loopstick ${args.join(' ')}`.padEnd(30),
      `none: ${of(none, 'wall').toFixed(0).padStart(4)} ms`,
      `110: ${of(many, 'wall').toFixed(0).padStart(4)} ms`,
      `more: ${more('wall').toFixed(0).padStart(4)} ms (goal ${more('wall') < GOAL_MS ? 'met' : 'MISSED'})`,
      `${more('cpu').toFixed(0).padStart(4)} ms of processor time`,
    ];
    console.log(columns.join('  '));
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
