import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { loopstick, startLoopstick, type RunningLoopstick } from '../harness/loopstick.ts';

const MiB = 1024 * 1024;

let folder: string;
let seeding: RunningLoopstick | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-seed-'));
});
afterEach(async () => {
  seeding?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

it('gives a file to another machine, which is killed and goes on', { timeout: 120_000 }, async () => {
  const content = randomBytes(8 * MiB);
  const file = join(folder, 'image.iso');
  await writeFile(file, content);
  const [giver, taker] = [join(folder, 'giver'), join(folder, 'taker')];
  const torrent = join(folder, 'image.torrent');
  const port = await freePort();
  const words = ['seed', file, '--host', '127.0.0.1', '--port', String(port), '--limit-rate', '3M'];
  seeding = startLoopstick([...words, '--save-torrent', torrent], { home: giver });
  await seeding.says(/^magnet:\S+$/m);
  const link = `magnet:?xt=urn:btih:${await infoHashIn(torrent)}&x.pe=127.0.0.1:${port}`;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const target = join(folder, 'got.iso');
  const order = ['download', '--url', link, '--sha256', sha256, '-o', target];

  const first = startLoopstick(order, { home: taker });
  while (((await stat(`${target}.part`).catch(() => undefined))?.size ?? 0) < 2 * MiB) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  first.kill('SIGKILL');
  await first;
  const second = await loopstick(['--json', ...order], { home: taker });
  expect(second.exitCode).toBe(0);
  const [{ resumed }] = JSON.parse(second.stdout) as [{ resumed: number }];
  expect(resumed).toBeGreaterThan(0);
  expect((await readFile(target)).equals(content)).toBe(true);
});

/** The torrent file has nothing but its `info`. */
async function infoHashIn(torrent: string): Promise<string> {
  const bytes = await readFile(torrent);
  return createHash('sha1').update(bytes.subarray('d4:info'.length, -1)).digest('hex');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it.each([
  [['seed', 'nothing-like-that'], 3],
  [['seed', './none.iso', '--port', '0'], 2],
  [['seed', './none.iso', '--own', '--torrent', 'torrent+https://example.org/x.torrent'], 2],
] as const)('refuses %j', async (words, exitCode) => {
  const result = await loopstick(words, { home: folder, cwd: folder });
  expect(result.exitCode).toBe(exitCode);
});
