/**
 * Downloads side by side: Loopstick, aria2c, curl and wget2 in turn, round by round, each with verification, and the
 * medians as ratios. Absolute times say nothing between machines. The scenarios are in download/scenarios.mjs.
 *
 *   node bench/download.mjs [scenario…] [--rounds N] [--only program,…] [--size MiB] [--quick]
 *
 * --quick: one round of each on a quarter of the size.
 */
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, stat, statfs } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { measure } from './download/measure.mjs';
import { fastestChecksum, isInstalled, PROGRAMS } from './download/programs.mjs';
import { printTable } from './download/report.mjs';
import { SCENARIOS } from './download/scenarios.mjs';
import { startNginx, startPaced } from './download/servers.mjs';

const MEMORY = '/dev/shm';
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    size: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(SCENARIOS);
const unknown = names.find((name) => SCENARIOS[name] === undefined);
if (unknown !== undefined) {
  console.error(`There is no scenario "${unknown}": ${Object.keys(SCENARIOS).join(', ')}`);
  process.exit(2);
}
process.exitCode = await main();

async function main() {
  const programs = await chosenPrograms();
  const scenarios = names.map((name) => ({ name, ...sized(SCENARIOS[name]) }));
  const largest = Math.max(...scenarios.map(({ size }) => size));
  const memory = await hasRoom(MEMORY, largest * 2.2);
  const fast = await mkdtemp(join(memory ? MEMORY : tmpdir(), 'loopstick-bench-'));
  const disk = await mkdtemp(join(tmpdir(), 'loopstick-bench-'));
  console.log(`${availableParallelism()} processors, Node ${process.version}; served from ${dirname(fast)}`);
  let failed = false;
  try {
    for (const scenario of scenarios) {
      console.log(`\n(${scenario.name}) ${scenario.title}: ${(scenario.size / 1e6).toFixed(0)} MB`);
      failed = !(await runScenario(scenario, programs, fast, disk)) || failed;
    }
  } finally {
    await rm(fast, { recursive: true, force: true });
    await rm(disk, { recursive: true, force: true });
  }
  return failed ? 1 : 0;
}

async function chosenPrograms() {
  const wanted = options.only?.split(',') ?? Object.keys(PROGRAMS);
  const found = [];
  for (const name of wanted) {
    if (PROGRAMS[name] === undefined) throw new Error(`There is no program "${name}" here`);
    if (await isInstalled(PROGRAMS[name].command)) found.push(name);
    else
      console.log(
        `${name} is not installed (on Debian: apt install ${PROGRAMS[name].command === 'aria2c' ? 'aria2' : name})`,
      );
  }
  return found;
}

function sized(scenario) {
  const rounds = Number(options.rounds ?? (options.quick ? 1 : scenario.rounds));
  const size = options.size === undefined ? scenario.size : Number(options.size) * 1024 * 1024;
  return { ...scenario, rounds, size: options.quick ? Math.floor(size / 4) : size };
}

/** True when everything that ran downloaded the right bytes. */
async function runScenario(scenario, programs, fast, disk) {
  const source = join(fast, 'image.iso');
  const sha256 = await makeFile(source, scenario.size);
  const checksum = await fastestChecksum(source);
  console.log(`curl and wget2 verify with ${checksum[0]}`);
  const server = await startServer(scenario, source, fast);
  if (server === undefined) {
    console.log('nginx is not installed (on Debian: apt install nginx-light)');
    return true;
  }
  const results = Object.fromEntries(
    programs.filter((name) => scenario.without?.includes(name) !== true).map((name) => [name, []]),
  );
  try {
    for (let round = 0; round < scenario.rounds; round++) {
      for (const [name, rounds] of Object.entries(results)) {
        // What failed or took too long once does so again.
        if (rounds.some(({ failed }) => failed !== undefined)) continue;
        if (round > 0 && scenario.once?.includes(name) === true) continue;
        const folder = await mkdtemp(join(scenario.onDisk === true ? disk : fast, 'run-'));
        const file = join(folder, 'copy.iso');
        const { connections, killAt } = scenario;
        const job = {
          urls: server.urls,
          sha256,
          size: scenario.size,
          folder,
          name: 'copy.iso',
          file,
          connections,
          killed: killAt !== undefined,
          checksum,
        };
        await warm(file, scenario.size);
        rounds.push(await runProgram(PROGRAMS[name], job, scenario, server));
        await rm(folder, { recursive: true, force: true });
      }
    }
  } finally {
    await server.stop();
    await rm(source);
  }
  printTable(scenario, results);
  return Object.values(results).every((rounds) =>
    rounds.every(({ failed }) => failed === undefined || failed.startsWith('over')),
  );
}

async function startServer(scenario, source, work) {
  if (scenario.server === 'nginx') return startNginx(dirname(source), join(work, 'nginx'));
  return startPaced(source, scenario.server.mirrors, scenario.server.per);
}

/** One download with one program: its steps one after the other, or killed at the set point and begun again. */
async function runProgram(program, job, scenario, server) {
  await server.reset(scenario.collapse?.(scenario.size));
  const env = { LOOPSTICK_HOME: join(job.folder, 'home'), HOME: job.folder };
  const total = { wall: 0, cpu: 0, rss: 0 };
  const add = ({ wall, cpu, rss }) => {
    total.wall += wall;
    total.cpu += cpu;
    total.rss = Math.max(total.rss, rss);
  };
  const settings = { cwd: job.folder, env, timeoutMs: scenario.timeoutMs };
  if (scenario.killAt !== undefined) {
    const over = { now: false };
    const until = delivered(server, scenario.size * scenario.killAt, over);
    add(await measure(program.commands(job)[0], { ...settings, until }));
    over.now = true;
    await until;
  }
  for (const command of program.commands({ ...job, resume: job.killed })) {
    const step = await measure(command, settings);
    add(step);
    if (step.timedOut) return { failed: `over ${scenario.timeoutMs / 1000} s` };
    if (step.code !== 0) return { failed: `failed with ${step.code}: ${step.output.trim().slice(-300)}` };
    if (command[0] === job.checksum[0] && !step.output.includes(job.sha256)) return { failed: 'wrong bytes' };
  }
  const { size } = await stat(job.file);
  if (size !== scenario.size) return { failed: `wrong size: ${size}` };
  const { sent: fetched, requests } = await server.count();
  return { ...total, fetched, requests };
}

/** Resolves when the server has sent so many bytes, or nobody waits any more. */
async function delivered(server, bytes, over) {
  while (!over.now && (await server.count()).sent < bytes) await sleep(20);
}

/** A file of bytes that do not repeat, so that a piece in the wrong place is noticed. Returns its SHA-256. */
async function makeFile(path, size) {
  const stream = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const hash = createHash('sha256');
  const zeros = Buffer.alloc(4 * 1024 * 1024);
  const handle = await open(path, 'w');
  try {
    for (let at = 0; at < size; at += zeros.length) {
      const block = stream.update(zeros.subarray(0, Math.min(zeros.length, size - at)));
      hash.update(block);
      await handle.write(block);
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/**
 * Takes the memory that the result will fill from the host, and gives it back. A virtual machine whose host lends it
 * memory page by page pays for each first touch, several seconds for some GiB, and whoever ran first would pay them all.
 */
async function warm(path, size) {
  const block = Buffer.alloc(4 * 1024 * 1024, 1);
  const handle = await open(path, 'w');
  try {
    for (let at = 0; at < size; at += block.length) await handle.write(block);
  } finally {
    await handle.close();
    await rm(path);
  }
}

async function hasRoom(folder, bytes) {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize > bytes;
  } catch {
    return false;
  }
}
