/** `loopstick downloads`: what one process does to the downloads of another. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isThere, startLoopstick, type RunningLoopstick } from '../harness/loopstick.ts';
import { createScene, writeCatalog, type Scene } from '../harness/scene.ts';
import { CAN_MOUNT, mountDisk, NEEDS_MOUNT } from '../faults/small-disk.ts';
import { serveFolder, type FileServer, type ServeOptions } from '../servers/index.ts';

const MIB = 1024 * 1024;
const SIZE = 12 * MIB;
const bytes = randomBytes(SIZE);
const sha256 = createHash('sha256').update(bytes).digest('hex');

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly done: number;
  readonly process?: number;
  readonly reason?: { readonly code: string };
}

let scene: Scene;
let server: FileServer;
const running: RunningLoopstick[] = [];
const cleanUp: (() => void)[] = [];
beforeEach(async () => {
  scene = await createScene();
  await mkdir(scene.path('www'));
  await writeFile(scene.path('www/image.iso'), bytes);
  // A connection that the server holds back is not given up, however long the rest of a test takes.
  await mkdir(scene.path('home/config'), { recursive: true });
  await writeFile(scene.path('home/config/settings.json'), JSON.stringify({ downloads: { idleSeconds: 600 } }));
});
afterEach(async () => {
  for (const process of running.splice(0)) {
    process.kill('SIGKILL');
    await process;
  }
  await server.close();
  for (const clean of cleanUp.splice(0)) clean();
  await scene.remove();
});

/** By default, the server holds the second half back until it is released. */
async function serve(options: Omit<ServeOptions, 'folder'> = { hold: { after: 6 * MIB } }): Promise<void> {
  server = await serveFolder({ folder: scene.path('www'), ...options });
}

/** Downloads in a process of its own. */
function start(...options: string[]): RunningLoopstick {
  return launch([
    ...options,
    'download',
    '--url',
    `${server.url}/image.iso`,
    '--sha256',
    sha256,
    '-o',
    scene.path('image.iso'),
  ]);
}

function launch(args: readonly string[]): RunningLoopstick {
  const process = startLoopstick(args, { home: scene.home, cwd: scene.folder });
  running.push(process);
  return process;
}

async function list(...options: string[]): Promise<Shown[]> {
  const { stdout } = await scene.run(['--json', 'downloads', 'list', ...options]);
  return JSON.parse(stdout) as Shown[];
}

/** The only download, when it is as it should be. @throws when its process has ended and it is not */
async function until(download: RunningLoopstick, is: (shown: Shown) => boolean): Promise<Shown> {
  const process = { hasEnded: false };
  void download.then(() => (process.hasEnded = true));
  for (;;) {
    const { hasEnded } = process;
    const [shown] = await list('--all');
    if (shown !== undefined && is(shown)) return shown;
    if (hasEnded) throw new Error(`It has ended as ${JSON.stringify(shown)}: ${(await download).stderr}`);
    await sleep(50);
  }
}

const isRunning = ({ state, done }: Shown): boolean => state === 'downloading' && done > 2 * MIB;
const sent = (): number => server.requests.reduce((sum, { sent: bytes }) => sum + bytes, 0);
const isRight = async (): Promise<boolean> => (await readFile(scene.path('image.iso'))).equals(bytes);

describe('a download of another process', () => {
  it('is paused, keeps what is there, and goes on in its process', async () => {
    await serve();
    const download = start();
    const { id, process } = await until(download, isRunning);
    expect(process).toBe(download.pid);
    expect((await scene.run(['downloads', 'pause', id.slice(0, 4)])).exitCode).toBe(0);
    const paused = await until(download, ({ state }) => state === 'paused');
    expect(paused.done).toBeGreaterThan(2 * MIB);
    expect(await isThere(scene.path('image.iso.part.resume'))).toBe(true);
    await expect.poll(() => server.active()).toBe(0);

    const { exitCode, stderr } = await scene.run(['downloads', 'resume', id]);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(`Process ${String(download.pid)} goes on`);
    server.release();
    expect((await download).exitCode).toBe(0);
    expect(await isRight()).toBe(true);
    expect(await list()).toEqual([]);
    expect(await list('--all')).toMatchObject([{ id, state: 'completed', done: SIZE }]);
  });

  it('is cancelled, and nothing is left of it', async () => {
    await serve();
    const download = start();
    const { id } = await until(download, isRunning);
    const { exitCode, stdout } = await scene.run(['--json', 'downloads', 'cancel', 'all']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ id, state: 'cancelled' }]);
    expect((await download).exitCode).toBe(130);
    for (const name of ['image.iso', 'image.iso.part', 'image.iso.part.resume', 'image.iso.part.lock']) {
      expect(await isThere(scene.path(name)), name).toBe(false);
    }
    expect((await scene.run(['downloads', 'resume', id])).exitCode).toBe(4);
  });

  it('takes another rate while it runs', async () => {
    // The process takes the new rate a moment after it was told; meanwhile little more may come.
    await serve({ hold: { after: 3 * MIB }, totalRate: 2 * MIB });
    const download = start();
    const { done } = await until(download, isRunning);
    expect((await scene.run(['downloads', 'limit', '64K'])).stdout).toContain('1 process');
    server.release();
    await until(download, (shown) => shown.done > done);
    // Without the limit it would be over long before; with it, it takes a minute and a half.
    await sleep(3000);
    expect(await list()).toMatchObject([{ state: 'downloading' }]);
    expect((await scene.run(['downloads', 'limit', 'off'])).exitCode).toBe(0);
    expect((await download).exitCode).toBe(0);
    expect((await scene.run(['downloads', 'limit', 'fast'])).exitCode).toBe(2);
  });
});

describe('a download whose process was killed', () => {
  it('is paused, and goes on where it is resumed, with what was there', async () => {
    await serve();
    const download = start();
    const { id } = await until(download, isRunning);
    download.kill('SIGKILL');
    await download;
    server.release();
    expect(await list()).toMatchObject([{ id, state: 'paused', reason: { code: 'DOWNLOAD_PROCESS_ENDED' } }]);
    const { exitCode, stdout, stderr } = await scene.run(['downloads', 'resume', 'all']);
    expect(exitCode, stderr).toBe(0);
    expect(stdout.trim()).toBe(scene.path('image.iso'));
    expect(await isRight()).toBe(true);
    const { stdout: stats } = await scene.run(['--json', 'downloads', 'stats']);
    expect(JSON.parse(stats)).toMatchObject({
      downloads: { completed: 1 },
      failures: [{ code: 'DOWNLOAD_PROCESS_ENDED', count: 1 }],
      mirrors: [{ mirror: `${server.url}/image.iso`, downloads: 1 }],
    });
  });

  it('is known to the library when it was for it', async () => {
    await serve();
    const mirrors = [`${server.url}/image.iso`];
    const image = { distribution: 'demo', version: '1', file: 'image.iso', size: SIZE, sha256, mirrors };
    const catalog = await writeCatalog(scene.path('catalog'), [image]);
    const download = launch(['--catalog', catalog, 'download', 'demo@1', '--accept', 'none']);
    await until(download, isRunning);
    download.kill('SIGKILL');
    await download;
    server.release();
    expect((await scene.run(['downloads', 'resume', 'all'])).exitCode).toBe(0);
    const { stdout } = await scene.run(['--json', 'library', 'list']);
    const file = { file: 'image.iso', image: 'demo/1/default/x86_64', addedAt: expect.any(String) as string };
    expect(JSON.parse(stdout)).toMatchObject({ files: [file] });
  });

  it('is cancelled by anybody', async () => {
    await serve();
    const download = start();
    const { id } = await until(download, isRunning);
    download.kill('SIGKILL');
    await download;
    expect((await scene.run(['downloads', 'cancel', id])).exitCode).toBe(0);
    expect(await isThere(scene.path('image.iso.part'))).toBe(false);
    expect(await isThere(scene.path('image.iso.part.resume'))).toBe(false);
  });
});

describe('two processes that want one file', () => {
  it('share one download, and both end well', async () => {
    await serve();
    const one = start();
    await until(one, isRunning);
    const two = start();
    await two.says('Waiting');
    server.release();
    const [first, second] = await Promise.all([one, two]);
    expect([first.exitCode, second.exitCode], second.stderr).toEqual([0, 0]);
    expect(await isRight()).toBe(true);
    expect(sent()).toBeLessThan(SIZE * 1.1);
    expect(await list('--all')).toHaveLength(1);
  });

  it('share one download without a checksum, too', async () => {
    await serve();
    const words = ['download', '--url', `${server.url}/image.iso`, '-o', scene.path('image.iso')];
    const one = launch(words);
    await until(one, isRunning);
    const two = launch(words);
    await two.says('Waiting');
    server.release();
    const [first, second] = await Promise.all([one, two]);
    expect([first.exitCode, second.exitCode], second.stderr).toEqual([0, 0]);
    expect(second.stdout).toContain(`not verified: no checksum was given. SHA-256 ${sha256}`);
    expect(await isRight()).toBe(true);
  });

  it('go on with the one that is left when the other is killed', async () => {
    await serve();
    const one = start();
    await until(one, isRunning);
    const two = start();
    await two.says('Waiting');
    one.kill('SIGKILL');
    server.release();
    const { exitCode, stderr } = await two;
    expect(exitCode, stderr).toBe(0);
    expect(await isRight()).toBe(true);
  });
});

describe('a download that failed', () => {
  it('is listed with the reason until it is pruned', async () => {
    await rm(scene.path('www/image.iso'));
    await serve();
    expect((await start()).exitCode).toBe(6);
    const { stdout } = await scene.run(['downloads', 'list']);
    expect(stdout).toMatch(/^ID +STATE .*WHY\n\w{6} +failed .*image\.iso .*404/);
    expect((await scene.run(['downloads', 'prune', '--older-than', '1h'])).stdout).toContain('0 downloads');
    expect((await scene.run(['downloads', 'prune', '--older-than', '0s'])).stdout).toContain('1 download;');
    expect(await list('--all')).toEqual([]);
    expect((await scene.run(['downloads', 'prune', '--older-than', 'ever'])).exitCode).toBe(2);
  });
});

describe('a download that is done', () => {
  it('is there, is not downloaded again, and cannot be resumed', async () => {
    await serve({});
    expect((await start()).exitCode).toBe(0);
    const { requests } = server;
    const asked = requests.length;
    const again = await start();
    expect([again.exitCode, requests.length]).toEqual([0, asked]);
    expect(again.stderr).not.toContain('Downloading');
    const [{ id } = { id: '' }] = await list('--all');
    const { exitCode, error } = await scene.run(['--json', 'downloads', 'resume', id]);
    expect({ exitCode, code: error?.code, id: error?.message.includes(id) }).toEqual({
      ...{ exitCode: 4, code: 'DOWNLOAD_STATE', id: true },
    });
  });
});

describe('watching', () => {
  it('tells what changes, an object a line, until it is interrupted', async () => {
    await serve();
    const download = start();
    await until(download, isRunning);
    const watch = launch(['--json', 'downloads', 'list', '--watch']);
    await watch.says('"state":"downloading"');
    server.release();
    expect((await download).exitCode).toBe(0);
    await watch.says('"state":"completed"');
    watch.kill('SIGINT');
    const { exitCode, stdout } = await watch;
    expect(exitCode).toBe(0);
    const states = stdout.split('\n').map((line) => (JSON.parse(line) as Shown).state);
    expect(states[0]).toBe('downloading');
    expect(states.at(-1)).toBe('completed');
  });
});

describe('a list that cannot be used', () => {
  beforeEach(async () => {
    server = await serveFolder({ folder: scene.path('www') });
  });

  it('because it is damaged is begun anew', async () => {
    await mkdir(scene.path('home/state'), { recursive: true });
    await writeFile(scene.path('home/state/downloads.sqlite'), 'no database at all '.repeat(99));
    const { exitCode, stderr } = await scene.run(['downloads', 'list']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('warning');
  });

  it('does not keep files from being downloaded', async () => {
    await mkdir(scene.path('home'), { recursive: true });
    await writeFile(scene.path('home/state'), 'not a folder');
    const address = ['--url', `${server.url}/image.iso`, '--sha256', sha256, '-o', 'image.iso'];
    const { exitCode, stderr } = await scene.run(['--json', 'download', ...address]);
    expect(exitCode, stderr).toBe(0);
    expect(stderr.match(/DOWNLOAD_STATE_UNWRITABLE/g)).toHaveLength(1);
    expect(await isRight()).toBe(true);
    expect((await scene.run(['downloads', 'list'])).exitCode).toBe(11);
  });
});

describe('without a list', () => {
  it('says to run the same command again when it is paused', async () => {
    await serve();
    await writeFile(scene.path('home/state'), 'not a folder');
    const download = start('--json');
    await expect.poll(sent, { timeout: 20_000 }).toBeGreaterThan(2 * MIB);
    download.kill('SIGINT');
    const { exitCode, stderr } = await download;
    expect(exitCode, stderr).toBe(130);
    expect(stderr).toContain('CLI_PAUSED');
    expect(stderr).not.toContain('downloads resume');
    server.release();
    expect((await start()).exitCode).toBe(0);
    expect(await isRight()).toBe(true);
  });
});

describe(`the disk of the file${NEEDS_MOUNT}`, () => {
  it.skipIf(!CAN_MOUNT)('pauses the download when it is full, which goes on when there is room', async () => {
    const disk = await mountDisk(scene.path('small'), 2 * SIZE, (clean) => cleanUp.push(clean));
    await serve();
    const place = `${disk.folder}/image.iso`;
    const download = launch(['download', '--url', `${server.url}/image.iso`, '--sha256', sha256, '-o', place]);
    const { id } = await until(download, isRunning);
    await disk.fill();
    server.release();
    const { exitCode, stderr } = await download;
    expect(exitCode, stderr).toBe(7);
    expect(await list()).toMatchObject([{ id, state: 'paused', reason: { code: 'ENOSPC' } }]);
    expect((await scene.run(['downloads', 'resume', id])).exitCode).toBe(7);
    await disk.drain();
    const before = sent();
    const resumed = await scene.run(['downloads', 'resume', id]);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect((await readFile(place)).equals(bytes)).toBe(true);
    expect(sent() - before).toBeLessThan(SIZE - 2 * MIB);
  });
});

describe(`the disk of the list${NEEDS_MOUNT}`, () => {
  const warnings = (stderr: string): number => stderr.match(/DOWNLOAD_STATE_UNWRITABLE/g)?.length ?? 0;

  it.skipIf(!CAN_MOUNT)('may become full while something is downloaded', async () => {
    const disk = await mountDisk(scene.path('home/state'), MIB, (clean) => cleanUp.push(clean));
    await serve();
    const download = start('--json');
    await until(download, isRunning);
    await disk.fill();
    server.release();
    const { exitCode, stderr } = await download;
    expect(exitCode, stderr).toBe(0);
    // None when what the log had before was room enough.
    expect(warnings(stderr)).toBeLessThanOrEqual(1);
    expect(await isRight()).toBe(true);
    await disk.drain();
    // Its process has ended, and nobody could write down how.
    expect(await list('--all')).toMatchObject([{ state: expect.stringMatching(/^(paused|completed)$/) as string }]);
  });

  it.skipIf(!CAN_MOUNT)('may be full from the beginning', async () => {
    const disk = await mountDisk(scene.path('home/state'), MIB, (clean) => cleanUp.push(clean));
    await disk.fill();
    await serve({});
    const { exitCode, stderr } = await start('--json');
    expect(exitCode, stderr).toBe(0);
    expect(warnings(stderr)).toBe(1);
    expect(await isRight()).toBe(true);
  });

  it.skipIf(!CAN_MOUNT)('may be read-only', async () => {
    const disk = await mountDisk(scene.path('home/state'), MIB, (clean) => cleanUp.push(clean));
    disk.makeReadOnly();
    await serve({});
    const { exitCode, stderr } = await start('--json');
    expect(exitCode, stderr).toBe(0);
    expect(warnings(stderr)).toBe(1);
    expect(await isRight()).toBe(true);
  });
});
