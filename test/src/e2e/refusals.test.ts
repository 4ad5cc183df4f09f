/** What is wrong gets one clear line, a hint, a documented exit code, and changes nothing. */
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createScene, writeCatalog, type Scene } from '../harness/scene.ts';
import { isThere, type LoopstickResult } from '../harness/loopstick.ts';
import { defaultCacheDir } from '../inputs/cache.ts';
import { makeTestInputs, type TestInputs } from '../inputs/make.ts';
import { serveFolder } from '../servers/index.ts';

let scene: Scene;
let inputs: TestInputs<'arch-layout' | 'no-boot'>;

beforeAll(async () => {
  scene = await createScene();
  inputs = await makeTestInputs({ cacheDir: defaultCacheDir(), only: ['arch-layout', 'no-boot'] });
});
afterAll(() => scene.remove());

/** Runs a build that must be refused, with --json, and checks the form of the refusal. */
async function refused(args: readonly string[]): Promise<LoopstickResult & { code: string | undefined }> {
  const result = await scene.run(['--json', ...args]);
  expect(result.stdout).toBe('');
  expect(result.error?.message).toMatch(/^[^\n]+$/);
  expect(result.error?.hint).toMatch(/\S/);
  return { ...result, code: result.error?.code };
}

const build = (...args: string[]): string[] => ['build', ...args];

describe('a build is refused', () => {
  it('for an unknown distribution, with the nearest names', async () => {
    const { code, exitCode, error } = await refused(build('ubunut', '-o', 'x.img'));
    expect({ code, exitCode }).toEqual({ code: 'CATALOG_UNKNOWN_DISTRIBUTION', exitCode: 3 });
    expect(`${error?.message ?? ''} ${error?.hint ?? ''}`).toContain('ubuntu');
    expect(await isThere(scene.path('x.img'))).toBe(false);
  });

  it('for a malformed catalog, with the path inside the document', async () => {
    await writeFile(
      scene.path('bad.json'),
      '{"schema":{"major":1,"minor":0},"distributions":[{"id":"x","releases":[{"version":7}]}]}',
    );
    const { code, exitCode, error } = await refused(['--catalog', 'bad.json', ...build('x', '-o', 'x.img')]);
    expect({ code, exitCode }).toEqual({ code: 'CATALOG_MALFORMED', exitCode: 4 });
    expect(error?.message).toContain('distributions[0].releases[0]');
  });

  it('without a target, with two, and with a size that is none', async () => {
    expect(await refused(build('ubuntu'))).toMatchObject({ code: 'CLI_NO_TARGET', exitCode: 2 });
    expect(await refused(build('ubuntu', '-o', 'x', '--device', '/dev/x'))).toMatchObject({ code: 'CLI_NO_TARGET' });
    expect(await refused(build('ubuntu', '-o', ''))).toMatchObject({ code: 'CLI_USAGE', exitCode: 2 });
    expect(await refused(build('ubuntu', '-o', 'x', '--size', 'big'))).toMatchObject({
      code: 'CLI_BAD_SIZE',
      exitCode: 2,
    });
  });

  it('for a file that is no ISO, is not there, or that no recipe can boot', async () => {
    await writeFile(scene.path('not.iso'), 'hello');
    expect(await refused(build('./not.iso', '-o', 'x.img'))).toMatchObject({ code: 'ISO_UNREADABLE', exitCode: 4 });
    expect(await refused(build('./none.iso', '-o', 'x.img'))).toMatchObject({ code: 'FILE_NOT_FOUND', exitCode: 3 });
    const { code, exitCode } = await refused(build(inputs['no-boot'].path, '-o', 'x.img'));
    expect({ code, exitCode }).toEqual({ code: 'RECIPE_NONE', exitCode: 4 });
  });

  it('over a file that exists, which stays as it is, until --force', async () => {
    await writeFile(scene.path('mine.img'), 'precious');
    const iso = inputs['arch-layout'].path;
    expect(await refused(build(iso, '-o', 'mine.img'))).toMatchObject({ code: 'STICK_OUTPUT_EXISTS', exitCode: 8 });
    expect(await readFile(scene.path('mine.img'), 'utf8')).toBe('precious');
    expect((await scene.run(build(iso, '-o', 'mine.img', '--force'))).exitCode).toBe(0);
    expect((await readFile(scene.path('mine.img'))).length).toBeGreaterThan(100_000_000);
  });

  it('over a folder or a device file, even with --force', async () => {
    const iso = inputs['arch-layout'].path;
    expect(await refused(build(iso, '-o', '/dev/null', '--force'))).toMatchObject({
      code: 'STICK_OUTPUT_NOT_FILE',
      exitCode: 8,
    });
    expect(await refused(build(iso, '-o', 'no/such/folder.img'))).toMatchObject({
      code: 'STICK_OUTPUT_FOLDER',
      exitCode: 8,
    });
  });

  it('when the size is too small, with what is needed and what is there', async () => {
    const { code, exitCode, error } = await refused(build(inputs['arch-layout'].path, '-o', 'x.img', '--size', '64M'));
    expect({ code, exitCode }).toEqual({ code: 'STICK_TOO_SMALL', exitCode: 7 });
    expect(error?.message).toMatch(/\d MiB are needed, 64\.0 MiB are there/);
  });

  it('when the disk has no room for the download, before the first byte', async () => {
    const server = await serveFolder({ folder: scene.folder });
    try {
      const size = 2 ** 40;
      const catalog = await writeCatalog(scene.path('huge'), [
        {
          distribution: 'huge',
          version: '1',
          file: 'huge.iso',
          size,
          sha256: 'a'.repeat(64),
          mirrors: [`${server.url}/huge.iso`],
        },
      ]);
      const { code, exitCode, error } = await refused(['--catalog', catalog, 'download', 'huge', '--accept', 'none']);
      expect({ code, exitCode }).toEqual({ code: 'DOWNLOAD_SPACE', exitCode: 7 });
      expect(error?.message).toMatch(/TiB/);
      expect(server.requests).toEqual([]);
    } finally {
      await server.close();
    }
  });

  it('when a mirror serves other bytes than the checksum says, and the mirror is named', async () => {
    const file = inputs['arch-layout'].path;
    await writeFile(scene.path('evil.iso'), await readFile(file));
    await truncate(scene.path('evil.iso'), inputs['arch-layout'].size);
    const server = await serveFolder({ folder: scene.folder, fault: { kind: 'wrong-bytes', at: 1000 } });
    try {
      const { size, sha256 } = inputs['arch-layout'];
      const catalog = await writeCatalog(scene.path('evil'), [
        { distribution: 'evil', version: '1', file: 'evil.iso', size, sha256, mirrors: [`${server.url}/evil.iso`] },
      ]);
      const { code, exitCode, error } = await refused([
        '--catalog',
        catalog,
        ...build('evil', '-o', 'x.img', '--accept', 'none'),
      ]);
      expect({ code, exitCode }).toEqual({ code: 'DOWNLOAD_CHECKSUM', exitCode: 5 });
      expect(error?.message).toContain(new URL(server.url).host);
      expect(await isThere(scene.path('x.img'))).toBe(false);
    } finally {
      await server.close();
    }
  });

  it('for weak evidence that was not asked for', async () => {
    const { sha256 } = inputs['arch-layout'];
    const catalog = await writeCatalog(scene.path('weak'), [
      { distribution: 'weak', version: '1', file: 'weak.iso', sha256, mirrors: ['http://127.0.0.1:9/weak.iso'] },
    ]);
    expect(await refused(['--catalog', catalog, ...build('weak', '-o', 'x.img')])).toMatchObject({
      code: 'EVIDENCE_TOO_WEAK',
      exitCode: 5,
    });
  });

  it('for a device that is none, and for one that is not removable', async () => {
    const iso = inputs['arch-layout'].path;
    const device = (...args: string[]): string[] => build(iso, '--device', ...args);
    expect(await refused(device('/dev/does-not-exist'))).toMatchObject({ code: 'DEVICE_NOT_FOUND', exitCode: 3 });
    expect(await refused(device(basename(iso)))).toMatchObject({ code: 'DEVICE_NOT_FOUND', exitCode: 3 });
    const all = JSON.parse((await scene.run(['devices', '--all', '--json'])).stdout) as {
      path: string;
      obstacle?: string;
    }[];
    for (const { path } of all.filter(({ obstacle }) => obstacle !== undefined)) {
      const { exitCode, code } = await refused(device(path, '--yes', '--device-serial', 'x'));
      expect(exitCode).toBe(8);
      expect(code).toMatch(/^DEVICE_/);
    }
  });

  it('when a program is missing, naming it and doctor', async () => {
    // Folders of system administration are always searched; mcopy and xorriso are not there.
    const env = { PATH: '/nonexistent' };
    const { error, exitCode } = await scene.run(['--json', ...build(inputs['arch-layout'].path, '-o', 'x.img')], {
      env,
    });
    expect({ code: error?.code, exitCode }).toEqual({ code: 'TOOL_MISSING', exitCode: 9 });
    expect(error?.hint).toContain('doctor');
    expect((await scene.run(['doctor'], { env })).exitCode).toBe(9);
  });
});

describe('a stick that is none', () => {
  it('is named as such', async () => {
    await writeFile(scene.path('zeros.img'), Buffer.alloc(4 * 1024 * 1024));
    expect(await refused(['stick', 'list', 'zeros.img'])).toMatchObject({ code: 'STICK_NOT_FOUND', exitCode: 4 });
    expect(await refused(['stick', 'list', 'none.img'])).toMatchObject({ code: 'FILE_NOT_FOUND', exitCode: 3 });
    expect(await refused(['boot', 'zeros.img', '--check'])).toMatchObject({ code: 'STICK_NOT_FOUND', exitCode: 4 });
  });
});

describe('wrong usage', () => {
  it('ends with 2 and a suggestion', async () => {
    const { exitCode, stderr } = await scene.run(['biuld']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('build');
    expect((await scene.run(['build'])).exitCode).toBe(2);
    expect((await scene.run(['build', 'x', '--accept', 'all', '-o', 'x'])).exitCode).toBe(2);
  });
});
