/** Runs one program and measures the process tree: wall time, processor time, peak memory. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';

// bash asks the kernel (wait4) what the program and all that it waited for have used.
const TIMED = 'TIMEFORMAT="%R %U %S"; { time "$@" >"$LOOPSTICK_BENCH_LOG" 2>&1; } 2>"$LOOPSTICK_BENCH_TIMES"';
const SAMPLE_MS = 20;

/**
 * @param command the program and its arguments
 * @param options cwd, env, timeoutMs, and `until`: resolves when the program is to be killed
 * @returns {wall, cpu, rss, code, output, timedOut}: seconds, seconds, bytes
 */
export async function measure(command, { cwd, env = {}, timeoutMs = 600_000, until }) {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-measure-'));
  const log = join(folder, 'log');
  const times = join(folder, 'times');
  try {
    const child = spawn('bash', ['-c', TIMED, 'bash', ...command], {
      cwd,
      stdio: 'ignore',
      // A group of its own, so that it can be ended as a whole.
      detached: true,
      env: { ...process.env, ...env, LOOPSTICK_BENCH_LOG: log, LOOPSTICK_BENCH_TIMES: times },
    });
    const began = performance.now();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let timedOut = false;
    const kill = async () => {
      // Not the shell: it tells what was used.
      for (const pid of await childrenOf(child.pid)) process.kill(pid, 'SIGKILL');
    };
    const deadline = setTimeout(() => {
      timedOut = true;
      void kill();
    }, timeoutMs);
    until?.then(kill, kill);
    let rss = 0;
    const sampler = setInterval(async () => {
      rss = Math.max(rss, await peakMemory(child.pid));
    }, SAMPLE_MS);
    const code = await ended;
    clearTimeout(deadline);
    clearInterval(sampler);
    const wall = (performance.now() - began) / 1000;
    const [, user = NaN, system = NaN] = (await readFile(times, 'utf8'))
      .trim()
      .split('\n')
      .at(-1)
      .split(' ')
      .map(Number);
    return { wall, cpu: user + system, rss, code, output: await readFile(log, 'utf8').catch(() => ''), timedOut };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The highest resident size so far of all processes below this one, which the kernel keeps for each. */
async function peakMemory(pid) {
  let sum = 0;
  for (const child of await childrenOf(pid)) {
    const status = await readFile(`/proc/${child}/status`, 'utf8').catch(() => '');
    sum += Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024 + (await peakMemory(child));
  }
  return sum;
}

async function childrenOf(pid) {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim().split(' ').filter(Boolean).map(Number);
}
