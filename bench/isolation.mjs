/**
 * What it costs that the code of plugins from elsewhere runs in processes of its own: until a part is there, for each call,
 * for each byte of a transport, and for plugins that are installed and not called. Goal for those: ten cost under 10 ms.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEngine } from '@loopstick/core';

const RUNS = 9;
const CALLS = 500;
const BYTES = 256 * 1024 * 1024;
const home = mkdtempSync(join(tmpdir(), 'loopstick-bench-'));
const never = new globalThis.AbortController().signal;

function plugin(id, kind, register) {
  const directory = join(home, id);
  mkdirSync(directory);
  const loopstick = { schema: 1, id, kinds: [`${kind}@1`], engine: '*', entry: './index.js' };
  writeFileSync(
    join(directory, 'package.json'),
    JSON.stringify({ name: id, version: '1.0.0', type: 'module', loopstick }),
  );
  writeFileSync(join(directory, 'index.js'), `export default { id: '${id}', register(to) { ${register} } };`);
  return directory;
}

const strategy = (id) =>
  plugin(id, 'mirror-strategy', `to.mirrorStrategy({ name: '${id}', description: '', rank: async () => [] });`);
const maker = plugin(
  'maker',
  'transport',
  `to.transport({ name: 'made', schemes: ['made'], async open({ url, start, end }) {
    async function* body() { for (let at = start; at < end; at += 262144) yield [new Uint8Array(262144)]; }
    return { start, end, validators: {}, address: url, digests: {}, body: body() };
  } });`,
);

async function median(work) {
  const times = [];
  for (let run = 0; run <= RUNS; run++) times.push(await work());
  return times.slice(1).toSorted((a, b) => a - b)[Math.floor(RUNS / 2)];
}

async function timed(directories, trust, work) {
  const began = performance.now();
  const engine = await createEngine({
    context: { env: { LOOPSTICK_HOME: home } },
    plugins: directories.map((directory) => ({ directory, trust })),
  });
  await work?.(engine);
  const taken = performance.now() - began;
  await engine.close();
  return taken;
}

const say = (what, value, unit) => console.log(`${what.padEnd(44)} ${value.toFixed(1).padStart(8)} ${unit}`);

try {
  const ten = Array.from({ length: 10 }, (_, at) => strategy(`ten-${at}`));
  const empty = () => {
    const began = performance.now();
    spawnSync(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    return performance.now() - began;
  };
  say('for comparison: Node, doing nothing', await median(empty), 'ms');
  const none = await median(() => timed([], 'unsigned'));
  const unused = await median(() => timed(ten, 'unsigned'));
  say('ten installed and not called, more than none', unused - none, 'ms');

  const first = (engine) => engine.mirrorStrategies();
  const inside = await median(() => timed(ten.slice(0, 1), 'bundled', first));
  const apart = await median(() => timed(ten.slice(0, 1), 'unsigned', first));
  say('one is there, more than in the engine itself', apart - inside, 'ms');
  const all = await median(() => timed(ten, 'unsigned', first));
  say('ten are there', all - none, 'ms');

  await timed([ten[0], maker], 'unsigned', async (engine) => {
    const { rank } = await engine.mirrorStrategy('ten-0');
    const request = { place: {}, preferredOnly: false, now: new Date(), random: Math.random, signal: never };
    const began = performance.now();
    for (let call = 0; call < CALLS; call++) await rank([], request);
    say('a call', (performance.now() - began) / CALLS, 'ms');

    const made = await engine.transport('made:x');
    const start = performance.now();
    const { body } = await made.open({ url: 'made:x', start: 0, end: BYTES, signal: never });
    let length = 0;
    for await (const batch of body) for (const chunk of batch) length += chunk.length;
    if (length !== BYTES) throw new Error(`${length} bytes came`);
    say('a transport’s bytes', BYTES / 1024 / 1024 / ((performance.now() - start) / 1000), 'MiB/s');
  });
} finally {
  rmSync(home, { recursive: true, force: true });
}
