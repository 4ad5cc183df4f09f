/**
 * How long the command takes to answer, as a whole process, against Node doing nothing in the same run. Goals on two
 * cores: `--help` under 150 ms, `catalog list` under 300 ms.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNS = 15;
const program = fileURLToPath(new URL('../cli/bin/loopstick.js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'loopstick-bench-'));
const COMMANDS = [
  ['node, doing nothing', ['-e', '0'], undefined],
  ['loopstick --help', [program, '--help'], 150],
  ['loopstick catalog list', [program, 'catalog', 'list'], 300],
];

function time(args) {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, args, {
    stdio: 'ignore',
    env: { ...process.env, LOOPSTICK_HOME: home },
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - began;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

try {
  // In turn, so that a machine that becomes slower in between does so for all.
  const times = COMMANDS.map(() => []);
  for (let run = 0; run <= RUNS; run++) {
    for (const [index, [, args]] of COMMANDS.entries()) {
      const taken = time(args);
      if (run > 0) times[index].push(taken);
    }
  }
  const base = median(times[0]);
  for (const [index, [name, , goal]] of COMMANDS.entries()) {
    const taken = median(times[index]);
    const verdict = goal === undefined ? '' : `  goal ${goal} ms: ${taken < goal ? 'met' : 'MISSED'}`;
    console.log(`${name.padEnd(24)} ${taken.toFixed(0).padStart(5)} ms  ${(taken / base).toFixed(1)} x node${verdict}`);
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
