/** `loopstick config`: the settings, read and changed from the command line. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { isThere, type LoopstickResult } from '../harness/loopstick.ts';
import { createScene, type Scene } from '../harness/scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(() => scene.remove());

const config = (...words: string[]): Promise<LoopstickResult> => scene.run(['config', ...words]);
const document = async (...words: string[]): Promise<unknown> => {
  const { stdout, stderr } = await config('--json', ...words);
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout);
};
const settings = async (): Promise<unknown> =>
  JSON.parse(await readFile(scene.path('home/config/settings.json'), 'utf8'));

it('shows all settings with their defaults, and makes no file for that', async () => {
  expect(await document('list')).toEqual(
    expect.arrayContaining([
      { key: 'mirrors.only', value: false, default: true },
      { key: 'downloads.simultaneous', value: 3, default: true },
      { key: 'downloads.rateLimit', default: true },
    ]),
  );
  expect((await config('list')).stdout).toMatch(/^library\.link +auto +default$/m);
  expect((await config('path')).stdout).toBe(scene.path('home/config/settings.json'));
  expect(await isThere(scene.home)).toBe(false);
});

it('sets values as what they have to be, shows them, and takes them back', async () => {
  expect((await config('set', 'mirrors.strategy', 'geographic')).exitCode).toBe(0);
  expect((await config('set', 'downloads.rateLimit', '5M')).exitCode).toBe(0);
  expect((await config('set', 'downloads.retry.statuses', '500', '503')).exitCode).toBe(0);
  expect((await config('set', 'mirrors.own.ubuntu', 'https://mirror.example/ubuntu')).exitCode).toBe(0);
  expect((await config('set', 'mirrors.prefer', 'B.example', 'https://a.example/x', 'b.example')).exitCode).toBe(0);
  expect((await config('set', 'mirrors.only', 'true')).exitCode).toBe(0);
  expect((await config('set', 'plugins.paths', './mine')).exitCode).toBe(0);
  expect(await settings()).toEqual({
    mirrors: {
      ...{ strategy: 'geographic', only: true, prefer: ['b.example', 'a.example'] },
      own: { ubuntu: ['https://mirror.example/ubuntu'] },
    },
    downloads: { rateLimit: 5 * 1024 ** 2, retry: { statuses: [500, 503] } },
    plugins: { paths: [scene.path('mine')] },
  });
  expect((await config('get', 'mirrors.prefer')).stdout).toBe('b.example\na.example');
  expect(await document('get', 'mirrors.only')).toEqual({ key: 'mirrors.only', value: true, default: false });
  expect((await config('list')).stdout).toMatch(/^mirrors\.own\.ubuntu +https:\/\/mirror\.example\/ubuntu +set$/m);

  expect((await config('unset', 'mirrors.own.ubuntu')).exitCode).toBe(0);
  expect(await document('unset', 'mirrors.only')).toEqual({ key: 'mirrors.only', value: false, default: true });
  for (const key of [
    'mirrors.strategy',
    'mirrors.prefer',
    'downloads.rateLimit',
    'downloads.retry.statuses',
    'plugins.paths',
  ]) {
    expect((await config('unset', key)).exitCode).toBe(0);
  }
  expect(await settings()).toEqual({});
});

it('never shows a password', async () => {
  const set = await config('set', 'mirrors.own.any', 'https://me:secret@own.example/any/');
  expect(set).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('own.example') as unknown });
  for (const { stdout, stderr } of [set, await config('get', 'mirrors.own.any'), await config('--json', 'list')]) {
    expect(stdout).toContain('own.example');
    expect(stdout + stderr).not.toContain('secret');
  }
  expect(await settings()).toMatchObject({ mirrors: { own: { any: ['https://me:secret@own.example/any/'] } } });
});

it('says nothing of what is not set', async () => {
  expect(await config('get', 'mirrors.country')).toMatchObject({ exitCode: 0, stdout: '' });
  expect(await document('get', 'mirrors.country')).toEqual({ key: 'mirrors.country', default: true });
});

it.each([
  [['get', 'mirrors.stratgy'], 2, 'SETTINGS_UNKNOWN_KEY'],
  [['set', 'mirror.only', 'true'], 2, 'SETTINGS_UNKNOWN_KEY'],
  [['unset', '__proto__'], 2, 'SETTINGS_UNKNOWN_KEY'],
  [['set', 'mirrors.only', 'perhaps'], 2, 'SETTINGS_BAD_VALUE'],
  [['set', 'mirrors.only', 'true', 'false'], 2, 'SETTINGS_BAD_VALUE'],
  [['set', 'mirrors.only', 'true'], 2, 'SETTINGS_BAD_VALUE'],
  [['set', 'mirrors.country', 'Germany'], 2, 'SETTINGS_BAD_VALUE'],
  [['set', 'mirrors.country', 'UK'], 2, 'MIRROR_BAD_COUNTRY'],
  [['set', 'mirrors.own.__proto__', 'https://mirror.example/'], 2, 'SETTINGS_BAD_NAME'],
  [['set', 'downloads.simultaneous', '0'], 2, 'SETTINGS_BAD_VALUE'],
  [['set', 'downloads.simultaneous', 'many'], 2, 'SETTINGS_BAD_VALUE'],
  [['set', 'library.link', 'soft'], 2, 'SETTINGS_BAD_VALUE'],
  [['set', 'mirrors.own.ubuntu', 'ftp://mirror.example'], 2, 'SETTINGS_BAD_VALUE'],
  [['set', 'mirrors.ban', 'not a host'], 2, 'MIRROR_BAD_HOST'],
  [['set', 'mirrors.strategy', 'luckiest'], 3, 'PLUGIN_NOT_FOUND'],
  [['set', 'stick.bootloader', 'lilo'], 3, 'PLUGIN_NOT_FOUND'],
  [['set', 'mirrors.only'], 2, 'CLI_USAGE'],
])('refuses %j and writes nothing', async (args, exitCode, code) => {
  const result = await scene.run(['--json', 'config', ...args]);
  expect({ exitCode: result.exitCode, code: result.error?.code }).toEqual({ exitCode, code });
  expect(result.stdout).toBe('');
  expect(await isThere(scene.path('home/config/settings.json'))).toBe(false);
});

it('names what was meant, and what there is', async () => {
  expect((await scene.run(['--json', 'config', 'get', 'strategy'])).error?.hint).toContain('mirrors.strategy');
  expect((await scene.run(['--json', 'config', 'set', 'mirrors.strategy', 'x'])).error?.message).toContain('adaptive');
});

it('leaves a file alone that is not valid', async () => {
  await mkdir(scene.path('home/config'), { recursive: true });
  await writeFile(scene.path('home/config/settings.json'), '{ "mirorrs": {} }');
  for (const args of [['list'], ['get', 'mirrors.only'], ['unset', 'mirrors.only']]) {
    const { exitCode, error } = await scene.run(['--json', 'config', ...args]);
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 4, code: 'SETTINGS_INVALID' });
  }
  expect(await settings()).toEqual({ mirorrs: {} });
});

it('loses nothing when several are at work', async () => {
  const hosts = ['a', 'b', 'c', 'd'].map((name) => `${name}.example`);
  const results = await Promise.all(hosts.map((host) => scene.run(['mirrors', 'ban', host])));
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
  const { value } = (await document('get', 'mirrors.ban')) as { value: string[] };
  expect([...value].sort()).toEqual(hosts);
});
