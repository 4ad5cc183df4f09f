/** Runs a Node program as a whole process and says what it took. */
import { spawn } from 'node:child_process';

// Told by the process itself when it ends; it knows best.
const TELL = `data:text/javascript,import{writeSync}from"node:fs";process.on("exit",()=>writeSync(3,JSON.stringify(process.resourceUsage())))`;

/** @returns {Promise<{wall: number, cpu: number, memory: number, status: number, output: string}>} milliseconds, bytes */
export async function run(args, { env, keep = false }) {
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', TELL, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', keep ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const [output, errors, usage, status] = await Promise.all([
    keep ? text(child.stdout) : '',
    text(child.stderr),
    text(child.stdio[3]),
    new Promise((resolve) => child.once('close', resolve)),
  ]);
  const wall = performance.now() - began;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${errors}`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(usage);
  return { wall, cpu: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS * 1024, status, output };
}

async function text(stream) {
  let all = '';
  for await (const chunk of stream) all += chunk;
  return all;
}

/** Runs each of several programs so many times, in turn, so that a machine that becomes slower does so for all. */
export async function runInTurn(programs, rounds, options) {
  const runs = await roundsOf(
    programs.map((args) => () => run(args, options)),
    rounds,
  );
  return runs.map((results) => ({
    wall: median(results.map(({ wall }) => wall)),
    cpu: median(results.map(({ cpu }) => cpu)),
    memory: Math.max(...results.map(({ memory }) => memory)),
  }));
}

/** What each of several jobs has brought, round by round. The first round warms the disk's cache and does not count. */
export async function roundsOf(jobs, rounds) {
  const results = jobs.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, job] of jobs.entries()) {
      const result = await job();
      if (round > 0) results[index].push(result);
    }
  }
  return results;
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
