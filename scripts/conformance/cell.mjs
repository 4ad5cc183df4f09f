/** Runs one program through one case, and judges what it leaves behind. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { serveFolder } from '../../test/dist/servers/index.js';

const SIZE = 8 * 1024 * 1024;
/** Slow enough for several connections to be used. */
const RATE = 4 * 1024 * 1024;
/** curl needs ten seconds to find that nothing comes, whatever it is told, and some cases have that twice. */
export const BOUND_MS = 45_000;
/** The same patience as the options of the others give them. */
export const LOOPSTICK_SETTINGS = { downloads: { idleSeconds: 3, retry: { baseMs: 500 } } };

/** @returns 'right', 'error', 'leftover', 'wrong', 'nothing', 'hang' */
export async function runCell(kase, program, root) {
  const folder = await mkdtemp(join(root, 'cell-'));
  const content = { old: randomBytes(SIZE), new: randomBytes(SIZE), shorter: randomBytes(SIZE / 4) };
  const servers = [];
  const target = join(folder, 'target');
  let isMounted = false;
  try {
    for (const { serves = 'old', ...options } of kase.servers) {
      const served = await mkdtemp(join(folder, 'served-'));
      await writeFile(join(served, 'image.iso'), content[serves]);
      await writeFile(join(served, 'new.iso'), content.new);
      servers.push({ served, ...(await serveFolder({ folder: served, rate: RATE, ...options })) });
    }
    await mkdir(target);
    if (kase.disk !== undefined) {
      isMounted = mount(target, kase.disk);
      if (!isMounted) return 'skipped';
    }
    await mkdir(join(folder, 'home/config'), { recursive: true });
    await writeFile(join(folder, 'home/config/settings.json'), JSON.stringify(LOOPSTICK_SETTINGS));
    const job = {
      urls: servers.map(({ url }) => `${url}/image.iso`),
      file: join(target, 'image.iso'),
      sha256: createHash('sha256')
        .update(content[kase.wanted ?? 'old'])
        .digest('hex'),
    };
    const codes = await play(kase, program, job, { folder, servers, content });
    return await judge(codes, job.file, Object.values(content));
  } finally {
    for (const server of servers) await server.close();
    if (isMounted) spawnSync('umount', [target]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** The exit codes that count; undefined where a process had to be killed. */
async function play({ between, twice, together }, program, job, { folder, servers, content }) {
  const begin = () => start(program, job, folder);
  if (between !== undefined) {
    const run = begin();
    await untilSent(servers, SIZE * 0.4, run.exit);
    run.stop('SIGINT');
    await Promise.race([run.exit, sleep(3000, undefined, { ref: false })]);
    run.stop('SIGKILL');
    await run.exit;
    if (between !== 'nothing') {
      const next = join(servers[0].served, 'next.iso');
      await writeFile(next, between === 'swap' ? content.new : content.shorter);
      await rename(next, join(servers[0].served, 'image.iso'));
    }
  }
  if (twice) await bounded(begin());
  if (together) return Promise.all([bounded(begin()), sleep(300).then(() => bounded(begin()))]);
  return [await bounded(begin())];
}

async function untilSent(servers, bytes, exit) {
  let isOver = false;
  void exit.then(() => (isOver = true));
  const sent = () => servers.flatMap(({ requests }) => requests).reduce((sum, request) => sum + request.sent, 0);
  for (const limit = Date.now() + BOUND_MS; sent() < bytes && !isOver && Date.now() < limit;) await sleep(20);
}

async function bounded({ exit, stop }) {
  const code = await Promise.race([exit, sleep(BOUND_MS, 'late', { ref: false })]);
  if (code !== 'late') return code;
  stop('SIGKILL');
  await exit;
  return undefined;
}

/** Goes through the addresses one by one when the program cannot take them together. */
function start({ run, args, takesAll }, job, folder) {
  let child;
  let isStopped = false;
  const once_ = async (urls) => {
    child = spawn(run, args({ ...job, urls }), { stdio: 'ignore', env: environment(folder), cwd: folder });
    const [code, signal] = await once(child, 'exit');
    return code ?? signal;
  };
  const all = async () => {
    if (takesAll) return once_(job.urls);
    let code;
    for (const url of job.urls) {
      code = await once_([url]);
      if (code === 0 || isStopped) break;
    }
    return code;
  };
  const stop = (signal) => {
    isStopped = true;
    child.kill(signal);
  };
  return { exit: all(), stop };
}

/** Without the settings of whoever runs this, and without a proxy. */
function environment(folder) {
  const { PATH } = process.env;
  return { PATH, HOME: folder, LOOPSTICK_HOME: join(folder, 'home'), NO_COLOR: '1', LC_ALL: 'C' };
}

async function judge(codes, file, contents) {
  const there = await stat(file).then(
    (info) => info.isFile(),
    () => false,
  );
  const isRight = there && contents.some(Buffer.prototype.equals, await readFile(file));
  // aria2c writes under the final name; the file beside it says that it is not complete.
  const isMarked = await stat(`${file}.aria2`).then(
    () => true,
    () => false,
  );
  if (codes.includes(undefined)) return 'hang';
  if (codes.includes(0)) return isRight ? 'right' : there ? 'wrong' : 'nothing';
  return there && !isRight && !isMarked ? 'leftover' : 'error';
}

function mount(target, bytes) {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', target]).status === 0;
}
