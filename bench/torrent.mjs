/**
 * One file of three peers and a mirror, each at the same rate, against what each brings alone: seconds to the verified
 * file, as ratios to the fastest of them alone.
 *
 *   npm run bench:torrent -- [--mib N] [--rate MIB] [--rounds N] [--json]
 */
import { parseArgs } from 'node:util';

import { createSwarmStage, together } from '../test/dist/torrent/swarm.js';

const MiB = 1024 * 1024;
const PEERS = 3;
const KINDS = ['mirror', 'peer', 'swarm', 'together'];

const { values: options } = parseArgs({
  options: {
    mib: { type: 'string', default: '32' },
    rate: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const [size, rate, rounds] = [Number(options.mib) * MiB, Number(options.rate) * MiB, Number(options.rounds)];

const seconds = new Map(KINDS.map((kind) => [kind, []]));
for (let round = 0; round < rounds; round++) {
  for (const kind of KINDS) seconds.get(kind).push(await measure(kind));
}
const medians = Object.fromEntries([...seconds].map(([kind, all]) => [kind, median(all)]));
const { together: whole, ...alone } = medians;
const fastest = Math.min(...Object.values(alone));
const ratios = Object.fromEntries(Object.entries(medians).map(([kind, value]) => [kind, value / fastest]));
// What all lines together would need, if nothing were lost.
const ideal = size / (rate * (PEERS + 1)) / fastest;
if (options.json) console.log(JSON.stringify({ mib: size / MiB, rate, rounds, seconds: medians, ratios, ideal }));
else {
  console.log(`${size / MiB} MiB, ${PEERS} peers and a mirror at ${rate / MiB} MiB/s each, median of ${rounds}`);
  for (const kind of KINDS)
    console.log(`${kind.padEnd(10)} ${medians[kind].toFixed(2).padStart(7)} s  ×${ratios[kind].toFixed(2)}`);
  console.log(`${'ideal'.padEnd(10)} ${''.padStart(7)}    ×${ideal.toFixed(2)}`);
}
process.exitCode = whole < fastest ? 0 : 1;

async function measure(kind) {
  const stage = await createSwarmStage(size);
  try {
    const peers = [];
    for (let peer = 0; peer < PEERS; peer++) peers.push(await stage.peer(rate));
    const { file } = await stage.mirror({ totalRate: rate });
    const swarm = together(peers);
    const urls = { mirror: [file], peer: [peers[0].address], swarm: [swarm], together: [file, swarm] }[kind];
    const began = performance.now();
    const { verified } = await stage.download(urls);
    if (!verified) throw new Error('it is not verified');
    return (performance.now() - began) / 1000;
  } finally {
    await stage.close();
  }
}

function median(all) {
  return [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
}
