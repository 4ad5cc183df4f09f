// Downloads one large file from a loopback server with Loopstick and with curl, in turn, and prints the times and their
// ratio. curl does not verify, so a second figure for it includes sha256sum. Absolute times say nothing between machines.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { createEngine, downloadFile } from '../core/dist/index.js';
import { serveFolder } from '../test/dist/servers/index.js';

const run = promisify(execFile);
const SIZE = Number(process.argv[2] ?? 512) * 1024 * 1024;
const ROUNDS = 5;
const plugins = ['transport-http', 'mirror-ordered'].map((name) =>
  fileURLToPath(new URL(`../plugins/${name}`, import.meta.url)),
);

// The server is a process of its own, as it would be in life.
if (process.argv[2] === '--serve') {
  const server = await serveFolder({ folder: process.argv[3] });
  console.log(server.url);
  process.stdin.resume().once('end', () => server.close());
} else {
  await main();
}

async function main() {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-bench-'));
  const server = execFile(process.execPath, [fileURLToPath(import.meta.url), '--serve', folder]);
  const origin = new Promise((resolve) => server.stdout.once('data', (line) => resolve(String(line).trim())));
  try {
    const sha256 = await makeFile(join(folder, 'image.iso'));
    const url = `${await origin}/image.iso`;
    const times = { loopstick: [], curl: [], 'curl + sha256sum': [] };
    for (let round = 0; round < ROUNDS; round++) {
      times.loopstick.push(await timed(() => withLoopstick(folder, url, sha256)));
      const copy = join(folder, 'curl.iso');
      const curl = await timed(() => run('curl', ['-sSf', '-o', copy, url]));
      times.curl.push(curl);
      times['curl + sha256sum'].push(curl + (await timed(() => run('sha256sum', [copy]))));
      await rm(copy);
    }
    report(times);
  } finally {
    server.stdin.end();
    await rm(folder, { recursive: true, force: true });
  }
}

async function withLoopstick(folder, url, sha256) {
  const engine = await createEngine({ context: { env: { LOOPSTICK_HOME: folder } }, plugins });
  const destination = join(folder, 'loopstick.iso');
  const job = { label: 'bench', urls: [url], size: SIZE, sha256, destination };
  await downloadFile(engine, job, { signal: new globalThis.AbortController().signal });
  await rm(destination);
}

async function makeFile(path) {
  const block = randomBytes(1024 * 1024);
  const handle = await open(path, 'wx');
  for (let at = 0; at < SIZE; at += block.length) await handle.write(block);
  await handle.close();
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function timed(work) {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function report(times) {
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  for (const [name, values] of Object.entries(times)) {
    const rate = SIZE / 1024 / 1024 / (median(values) / 1000);
    console.log(`${name.padEnd(18)} ${median(values).toFixed(0).padStart(6)} ms  ${rate.toFixed(0).padStart(6)} MiB/s`);
  }
  const ratio = (name) => (median(times.loopstick) / median(times[name])).toFixed(2);
  console.log(`loopstick takes ${ratio('curl')} of curl's time, ${ratio('curl + sha256sum')} of curl's with sha256sum`);
}
