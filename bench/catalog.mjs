/**
 * What a large catalog costs, as whole processes: reading, merging and listing one of 10,000 images, as it was stored by
 * a sync and as a file of the user's own, which has to be checked; how that grows to 100,000; and a sync that finds
 * nothing new. Goals on two idle cores: 400 ms and 120 MB for 10,000 stored images; one conditional request a source
 * and 50 ms of processor time beyond the start for the sync.
 *
 *   npm run bench:catalog [-- --rounds N]
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { createContext, ENGINE_VERSION } from '@loopstick/core';

import { CatalogStore } from '../core/dist/catalog/store/catalog-store.js';
import { makeCatalog } from './catalog/make.mjs';
import { runInTurn } from './processes/run.mjs';
import { measureSync } from './catalog/sync.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });
const rounds = Number(values.rounds);
const program = fileURLToPath(new URL('../cli/bin/loopstick.js', import.meta.url));
const LIST = [program, 'catalog', 'list', '--all', '--json'];
const MB = 1_000_000;

const homes = await mkdtemp(join(tmpdir(), 'loopstick-bench-'));
const home = (name) => ({ env: { LOOPSTICK_HOME: join(homes, name), CI: 'true' } });
try {
  const [nothing, empty] = await runInTurn([['-e', '0'], LIST], rounds, home('empty'));
  line('node, doing nothing', nothing, nothing);
  line('catalog list, as it comes', empty, nothing);

  const stored = {};
  for (const images of [10_000, 30_000, 100_000]) {
    await store(String(images), makeCatalog(images));
    const few = images > 10_000 ? Math.min(rounds, 3) : rounds;
    [stored[images]] = await runInTurn([LIST], few, home(String(images)));
    line(`${images} images, stored`, stored[images], nothing, images === 10_000 ? { wall: 400, memory: 120 * MB } : {});
  }
  const own = join(homes, 'own.json');
  await writeFile(own, JSON.stringify(makeCatalog(10_000)));
  const [checked] = await runInTurn([[program, '--catalog', own, ...LIST.slice(1)]], rounds, home('empty'));
  line('10000 images, own file', checked, nothing);
  const beyond = (images) => (stored[images].cpu - empty.cpu) / images;
  const growth = (beyond(100_000) / beyond(10_000)).toFixed(2);
  console.log(`processor time an image, 100,000 against 10,000: ${growth} times (1 is linear)`);

  const { perSync, statuses, offline, unchanged } = await measureSync(program, join(homes, 'sync'), 1000, rounds);
  line('catalog sync --offline', offline, nothing);
  line('catalog sync, unchanged', unchanged, nothing);
  const cost = unchanged.cpu - offline.cpu;
  console.log(
    `a sync without changes: ${perSync} request a source (${statuses.join(', ')}), ${cost.toFixed(0)} ms of processor time beyond the start${goal(cost, 50)}`,
  );
} finally {
  await rm(homes, { recursive: true, force: true });
}

/** As if a sync had brought it. */
async function store(name, document) {
  const text = JSON.stringify(document);
  const now = new Date().toISOString();
  const sha256 = createHash('sha256').update(text).digest('hex');
  const images = document.distributions.flatMap(({ releases }) => releases.flatMap((release) => release.images)).length;
  await new CatalogStore(createContext(home(name))).put(
    {
      format: 1,
      source: 'bench',
      layer: 'registry',
      plugin: 'distro-ubuntu',
      pluginVersion: '1.0.0',
      read: now,
      confirmed: now,
      changed: now,
      signatures: {},
      freshness: {},
      document: { sha256, images, engine: ENGINE_VERSION },
    },
    text,
  );
}

function line(name, { wall, cpu, memory }, base, goals = {}) {
  const columns = [
    name.padEnd(26),
    `${wall.toFixed(0).padStart(6)} ms${goal(wall, goals.wall)}`,
    `${(wall / base.wall).toFixed(1).padStart(5)} x node`,
    `${cpu.toFixed(0).padStart(6)} ms of processor`,
    `${(memory / MB).toFixed(0).padStart(5)} MB${goal(memory, goals.memory)}`,
  ];
  console.log(columns.join('  '));
}

function goal(value, most) {
  if (most === undefined) return '';
  return value < most ? ' (goal met)' : ' (goal MISSED)';
}
