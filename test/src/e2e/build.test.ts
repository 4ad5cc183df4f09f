/** Building sticks: as a user without rights, from mirrors that fail, killed and interrupted. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { isThere, startLoopstick } from '../harness/loopstick.ts';
import { createScene, writeCatalog, type Scene } from '../harness/scene.ts';
import { defaultCacheDir } from '../inputs/cache.ts';
import { makeTestInputs, type TestInputs } from '../inputs/make.ts';
import { serveFolder, type FileServer, type ServeOptions } from '../servers/index.ts';

interface Manifest {
  id: string;
  images: { path: string; sha256: string; evidence: string; entries: { id: string }[] }[];
}

const MIB = 1024 * 1024;
let inputs: TestInputs<'arch-layout' | 'memtest' | 'debian-mini'>;
let scene: Scene;
let www: string;
const servers: FileServer[] = [];

beforeAll(async () => {
  inputs = await makeTestInputs({ cacheDir: defaultCacheDir(), only: ['arch-layout', 'memtest', 'debian-mini'] });
}, 300_000);
beforeEach(async () => {
  scene = await createScene();
  www = scene.path('www');
  await mkdir(www);
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await scene.remove();
});

const serve = async (options: Omit<ServeOptions, 'folder'> = {}): Promise<FileServer> => {
  const server = await serveFolder({ folder: www, ...options });
  servers.push(server);
  return server;
};
/** A catalog with the Debian installer on these mirrors. */
const catalogOn = async (mirrors: readonly FileServer[]): Promise<string> => {
  const { path, size, sha256 } = inputs['debian-mini'];
  await copyFile(path, join(www, basename(path)));
  const urls = mirrors.map(({ url }) => `${url}/${basename(path)}`);
  return writeCatalog(scene.path('catalog'), [
    { distribution: 'debian', version: '12', file: path, size, sha256, mirrors: urls },
  ]);
};
const sentBy = ({ requests }: FileServer): number => requests.reduce((sum, { sent }) => sum + sent, 0);
const digest = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
/** What a build may leave in the folder besides its result. */
const leftovers = async (): Promise<string[]> =>
  (await readdir(scene.folder)).filter((name) => name.endsWith('.part') || name.startsWith('loopstick-'));

// Each builds, reads back and verifies several sticks: long on a busy machine.
describe('a built image', { timeout: 120_000 }, () => {
  it('is made by a user without rights, and passes sgdisk, fsck.vfat and e2fsck', async () => {
    const isos = [inputs['arch-layout'].path, inputs.memtest.path, inputs['debian-mini'].path];
    const { exitCode, stdout, stderr } = await scene.run(['--json', 'build', ...isos, '-o', 'stick.img'], {
      unprivileged: true,
    });
    expect(exitCode, stderr).toBe(0);
    const manifest = JSON.parse(stdout) as Manifest;
    expect(manifest.images.map(({ sha256 }) => sha256)).toEqual([
      inputs['arch-layout'].sha256,
      inputs.memtest.sha256,
      inputs['debian-mini'].sha256,
    ]);
    const image = scene.path('stick.img');
    if (process.getuid?.() === 0) expect((await stat(image)).uid).not.toBe(0);

    const check = (program: string, args: string[]): Promise<{ stdout: string; exitCode?: number }> =>
      execa(program, args, { reject: false, env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } });
    expect((await check('sgdisk', ['-v', image])).stdout).toContain('No problems found');
    const table = await check('sgdisk', ['-p', image]);
    const [esp, data] = ['EF00', '8300'].map((type) =>
      new RegExp(`^ +\\d +(\\d+) +(\\d+) .* ${type} `, 'm').exec(table.stdout),
    );
    const start = Number(esp?.[1]);
    const sectors = Number(esp?.[2]) - start + 1;
    await execa('dd', [
      `if=${image}`,
      `of=${scene.path('esp')}`,
      'bs=512',
      `skip=${start}`,
      `count=${sectors}`,
      'status=none',
    ]);
    const fat = await check('fsck.vfat', ['-n', scene.path('esp')]);
    expect(fat.exitCode, fat.stdout).toBe(0);
    const ext = await check('e2fsck', ['-f', '-n', `${image}?offset=${Number(data?.[1]) * 512}`]);
    expect(ext.exitCode, ext.stdout).toBe(0);

    // The stick describes itself, and notices when a byte of it changes.
    expect(JSON.parse((await scene.run(['--json', 'stick', 'list', 'stick.img'])).stdout)).toEqual(manifest);
    expect((await scene.run(['stick', 'verify', 'stick.img'])).exitCode).toBe(0);
    const bytes = await readFile(image);
    const places = {
      'boot code': 10,
      'BIOS boot partition': 2048 * 512 + 700,
      'menu on the ESP': bytes.indexOf('menuentry', start * 512),
      'an ISO': bytes.indexOf('d-i', Number(data?.[1]) * 512 + 16 * MIB),
    };
    for (const [what, at] of Object.entries(places)) {
      const put = (byte: number): Promise<unknown> =>
        execa('dd', [`of=${image}`, 'bs=1', `seek=${at}`, 'conv=notrunc', 'status=none'], { input: Buffer.of(byte) });
      const right = bytes.readUInt8(at);
      await put(right ^ 0x20);
      const { exitCode, error } = await scene.run(['--json', 'stick', 'verify', 'stick.img']);
      expect({ exitCode, code: error?.code }, what).toEqual({ exitCode: 5, code: 'STICK_READ_BACK' });
      await put(right);
    }
    expect((await scene.run(['stick', 'verify', 'stick.img'])).exitCode).toBe(0);
  });

  it('has the same bytes for the same lock, and other ones without it', async () => {
    const build = (output: string, ...args: string[]): ReturnType<Scene['run']> =>
      scene.run(['--json', 'build', inputs['arch-layout'].path, inputs.memtest.path, '-o', output, ...args]);
    expect((await build('a.img', '--lock', 'stick.lock.json')).exitCode).toBe(0);
    await sleep(1100);
    expect((await build('b.img', '--lock', 'stick.lock.json')).exitCode).toBe(0);
    expect((await build('c.img')).exitCode).toBe(0);
    const [a, b, c] = await Promise.all(['a.img', 'b.img', 'c.img'].map((name) => digest(scene.path(name))));
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });
});

describe('a download during a build', { timeout: 120_000 }, () => {
  it('goes on from another mirror when one dies half-way, without fetching again what it has', async () => {
    const { size, sha256 } = inputs['debian-mini'];
    const dying = await serve({ fault: { kind: 'drop', after: 20 * MIB }, rate: 12 * MIB });
    const whole = await serve({ rate: 12 * MIB });
    const catalog = await catalogOn([dying, whole]);
    const result = await scene.run([
      '--json',
      '--catalog',
      catalog,
      'build',
      'debian',
      '-o',
      'stick.img',
      '--accept',
      'none',
    ]);
    expect(result.exitCode, result.stderr).toBe(0);
    expect((JSON.parse(result.stdout) as Manifest).images[0]).toMatchObject({ sha256, evidence: 'none' });
    // What the dying one has in flight when it dies, and what is compared between the two, comes twice.
    expect(sentBy(dying) + sentBy(whole)).toBeLessThan(size + 4 * MIB);
  });

  it('is taken up by the next run after the program was killed', async () => {
    const { size } = inputs['debian-mini'];
    const slow = await serve({ hold: { after: 16 * MIB }, rate: 12 * MIB });
    const catalog = await catalogOn([slow]);
    const args = ['--catalog', catalog, 'build', 'debian', '-o', 'stick.img', '--accept', 'none'];
    const running = startLoopstick(args, { home: scene.home, cwd: scene.folder });
    await slow.held;
    running.kill('SIGKILL');
    await running;
    slow.release();
    const before = sentBy(slow);
    const result = await scene.run(args);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(sentBy(slow) - before).toBeLessThan(size - 4 * MIB);
    // A third run has the file in the library and asks nobody.
    const asked = slow.requests.length;
    expect((await scene.run([...args, '--force'])).exitCode).toBe(0);
    expect(slow.requests).toHaveLength(asked);
  });
});

/** False when the whole group has ended already. */
function interruptGroup(pid: number | undefined): boolean {
  try {
    process.kill(-(pid ?? Number.NaN), 'SIGINT');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}

describe('Ctrl-C', () => {
  it('at any moment ends with 130 and leaves nothing half-done under the name of the output', async () => {
    const slow = await serve({ rate: 24 * MIB });
    const catalog = await catalogOn([slow]);
    const env = { TMPDIR: scene.folder };
    let interrupted = 0;
    for (const moment of [30, 150, 400, 700, 1200, 2000, 3000, 3600, 4200]) {
      const args = ['--catalog', catalog, 'build', 'debian', '-o', 'stick.img', '--accept', 'none', '--force'];
      const running = startLoopstick(args, { home: scene.home, cwd: scene.folder, env, group: true });
      await sleep(moment);
      // A terminal sends it to the whole group: to the programs that are being run as well.
      if (!interruptGroup(running.pid)) break;
      const { exitCode, signal } = await running;
      // Before the program can listen, the system ends it.
      expect([0, 130, undefined], `after ${moment} ms`).toContain(exitCode);
      if (exitCode === undefined) expect(signal).toBe('SIGINT');
      if (exitCode === 130) expect(await isThere(scene.path('stick.img')), `after ${moment} ms`).toBe(false);
      expect(await leftovers(), `after ${moment} ms`).toEqual([]);
      if (exitCode === 130) interrupted++;
      if (exitCode === 0) break;
    }
    expect(interrupted).toBeGreaterThan(3);
    // And the work that was done is not lost.
    const result = await scene.run(['--catalog', catalog, 'build', 'debian', '-o', 'last.img', '--accept', 'none']);
    expect(result.exitCode, result.stderr).toBe(0);
  }, 120_000);
});
