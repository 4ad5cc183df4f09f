/** The library as a user has it: filled by downloads and by files of his own, checked, and cleaned. */
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { createScene, writeCatalog, type Scene } from '../harness/scene.ts';
import { startLoopstick, type LoopstickResult } from '../harness/loopstick.ts';
import { serveFolder, type FileServer } from '../servers/index.ts';

const VERSIONS = ['1.9', '1.10', '2.0-beta'] as const;
type Version = (typeof VERSIONS)[number];

let scene: Scene;
let server: FileServer;
let catalog: string;

const nameOf = (version: Version): string => `demo-${version}.iso`;
const served = (version: Version): string => scene.path(`www/${nameOf(version)}`);
const digest = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
const library = (...words: string[]): Promise<LoopstickResult> =>
  scene.run(['--catalog', catalog, 'library', ...words]);
const download = (version: Version, ...words: string[]): Promise<LoopstickResult> =>
  scene.run(['--catalog', catalog, 'download', `demo@${version}`, '--accept', 'none', ...words]);

interface Listed {
  readonly files: { path: string; file: string; sha256: string; image: string | null; inCatalog: boolean }[];
  readonly setAside: { path: string; sha256: string }[];
}
const listed = async (): Promise<Listed> => JSON.parse((await library('list', '--json')).stdout) as Listed;
const names = async (): Promise<string[]> => (await listed()).files.map(({ file }) => file);

beforeEach(async () => {
  scene = await createScene();
  await mkdir(scene.path('www'));
  server = await serveFolder({ folder: scene.path('www') });
  const images = [];
  for (const version of VERSIONS) {
    await writeFile(served(version), randomBytes(200_000));
    const sha256 = await digest(served(version));
    const mirrors = [`${server.url}/${nameOf(version)}`];
    images.push({ distribution: 'demo', version, file: served(version), size: 200_000, sha256, mirrors });
  }
  catalog = await writeCatalog(scene.path('catalog'), images);
  // One distribution of three releases.
  const document = JSON.parse(await readFile(catalog, 'utf8')) as { distributions: { releases: unknown[] }[] };
  const releases = document.distributions.flatMap((each) => each.releases);
  await writeFile(catalog, JSON.stringify({ ...document, distributions: [{ id: 'demo', name: 'Demo', releases }] }));
});
afterEach(async () => {
  await server.close();
  await scene.remove();
});

it('keeps the newest versions by their order, after showing what would go', async () => {
  for (const version of VERSIONS) expect(await download(version)).toMatchObject({ exitCode: 0 });
  const own = scene.path('own.iso');
  await writeFile(own, 'mine');
  expect(await library('add', own)).toMatchObject({ exitCode: 0 });
  const all = VERSIONS.map(nameOf);
  expect(await names()).toEqual([...all, 'own.iso'].sort());

  const dry = await library('gc', '--keep-latest', '1', '--dry-run');
  expect(dry.exitCode).toBe(0);
  for (const name of ['demo-1.9.iso', 'demo-1.10.iso']) expect(dry.stdout).toContain(name);
  expect(dry.stdout).not.toContain('2.0');
  expect(await library('gc', '--keep-latest', '1', '--json')).toMatchObject({
    exitCode: 2,
    error: { code: 'CLI_UNCONFIRMED' },
  });
  expect(await names()).toHaveLength(4);

  expect(await library('gc', '--keep-latest', '2', '-y')).toMatchObject({ exitCode: 0 });
  expect(await names()).toEqual(['demo-1.10.iso', 'demo-2.0-beta.iso', 'own.iso']);
  expect(await library('gc', '--keep-latest', '0', '--json')).toMatchObject({ error: { code: 'CLI_USAGE' } });
});

it('finds a changed file, sets it aside and gets it again', async () => {
  await download('1.9');
  await download('1.10');
  expect(await library('verify')).toMatchObject({ exitCode: 0 });
  const [file] = (await listed()).files;
  await appendFile(file?.path ?? '', 'x');
  const result = await library('verify', '--json');
  expect(result).toMatchObject({ exitCode: 5, error: { code: 'LIBRARY_NOT_RIGHT' } });
  expect(JSON.parse(result.stdout)).toMatchObject({ ok: false, files: [{ state: 'changed' }, { state: 'right' }] });
  const { files, setAside } = await listed();
  expect(files).toHaveLength(1);
  expect(setAside).toMatchObject([{ sha256: file?.sha256 }]);
  expect(await library('verify')).toMatchObject({ exitCode: 0 });
  await download('1.10');
  expect(await names()).toEqual(['demo-1.10.iso', 'demo-1.9.iso']);
  expect(await library('remove', '-y', file?.sha256.slice(0, 8) ?? '')).toMatchObject({ exitCode: 0 });
  expect(await listed()).toMatchObject({ files: [{ file: 'demo-1.9.iso' }], setAside: [] });
});

it('downloads nothing that is in a folder that it may search', async () => {
  await mkdir(scene.path('home/config'), { recursive: true });
  await writeFile(
    scene.path('home/config/settings.json'),
    JSON.stringify({ library: { search: [scene.path('Downloads')] } }),
  );
  const mine = scene.path('Downloads/old/My demo (1).iso');
  await mkdir(scene.path('Downloads/old'), { recursive: true });
  await copyFile(served('1.10'), mine);
  const before = server.requests.length;
  const result = await download('1.10', '-o', scene.path('out'));
  expect(result.exitCode).toBe(0);
  expect(result.stderr).toContain(mine);
  expect(server.requests).toHaveLength(before);
  expect(await digest(scene.path('out/demo-1.10.iso'))).toBe(await digest(served('1.10')));
  // It stays, and stays the user's, when the library loses its own.
  expect(await library('remove', '-y', 'demo-1.10.iso')).toMatchObject({ exitCode: 0 });
  expect(await digest(mine)).toBe(await digest(served('1.10')));
  expect((await stat(mine)).mode & 0o222).not.toBe(0);
});

it.each(['hard', 'copy'])('puts a file into a folder with --link %s', async (way) => {
  expect(await download('1.9', '-o', scene.path('out'), '--link', way)).toMatchObject({ exitCode: 0 });
  const out = await stat(scene.path('out/demo-1.9.iso'));
  const [file] = (await listed()).files;
  const kept = await stat(file?.path ?? '');
  expect([out.ino === kept.ino, out.mode & 0o222]).toEqual(
    way === 'hard' ? [true, 0] : [false, 0o200 | (out.mode & 0o022)],
  );
  expect(await readdir(scene.path('out'))).toEqual(['demo-1.9.iso']);

  // Who changes it all the same spoils nothing for long.
  await chmod(scene.path('out/demo-1.9.iso'), 0o644);
  await appendFile(scene.path('out/demo-1.9.iso'), 'x');
  expect(await download('1.9')).toMatchObject({ exitCode: 0 });
  const [after] = (await listed()).files;
  expect(await digest(after?.path ?? '')).toBe(await digest(served('1.9')));
});

it('knows what a file is by its content, not by its name', async () => {
  const mine = scene.path('any name.bin');
  await copyFile(served('1.9'), mine);
  const lies = scene.path(nameOf('1.10'));
  await writeFile(lies, 'something else');
  const result = await library('add', '--json', mine, lies);
  expect(result.exitCode).toBe(0);
  expect(JSON.parse(result.stdout)).toMatchObject([{ image: 'demo/1.9/default/x86_64' }, { image: null }]);
  expect(result.stderr).toContain('LIBRARY_NOT_THE_CATALOGS');
  await rm(mine);
  const before = server.requests.length;
  expect(await download('1.9')).toMatchObject({ exitCode: 0 });
  expect(server.requests).toHaveLength(before);
  expect(await download('1.10')).toMatchObject({ exitCode: 0 });
  expect(server.requests.length).toBeGreaterThan(before);
});

it.each([
  [['add', 'nothing.iso'], 'FILE_NOT_FOUND', 3],
  [['add', '.'], 'VERIFY_NOT_A_FILE', 4],
  [['remove', '-y', 'nothing.iso'], 'LIBRARY_NOT_FOUND', 3],
  [['verify', 'abcd'], 'LIBRARY_NOT_FOUND', 3],
])('refuses %j', async (words, code, exitCode) => {
  expect(await library(...words, '--json')).toMatchObject({ exitCode, error: { code } });
});

it('has no unfinished or hidden files after all that', async () => {
  await download('1.9');
  await library('add', served('1.9'), served('1.10'));
  const left = (await readdir(join(scene.home, 'data/library'), { recursive: true })).filter((name) =>
    /\.part|incoming\/|\.tmp/.test(name),
  );
  expect(left).toEqual([]);
});

it('removes nothing that a build has still to read', async () => {
  const [first, , last] = VERSIONS;
  expect(await download(first)).toMatchObject({ exitCode: 0 });
  const stuck = await serveFolder({ folder: scene.path('www'), fault: { kind: 'stall', after: 1000 } });
  try {
    const document = await readFile(catalog, 'utf8');
    await writeFile(catalog, document.replace(`${server.url}/${nameOf(last)}`, `${stuck.url}/${nameOf(last)}`));
    const words = ['build', `demo@${first}`, `demo@${last}`, '--accept', 'none', '-o', scene.path('stick.img')];
    const building = startLoopstick(['--catalog', catalog, ...words], { home: scene.home, cwd: scene.folder });
    const state = { isOver: false };
    void building.then(() => (state.isOver = true));
    while (stuck.requests.length === 0 && !state.isOver) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await library('remove', nameOf(first), '-y', '--json')).toMatchObject({
      exitCode: 8,
      error: { code: 'LIBRARY_BUSY' },
    });
    // There is no time for a farewell, so its note stays.
    building.kill('SIGKILL');
    await building;
    expect(await library('remove', nameOf(first), '-y')).toMatchObject({ exitCode: 0 });
    expect(await names()).toEqual([]);
  } finally {
    await stuck.close();
  }
});
