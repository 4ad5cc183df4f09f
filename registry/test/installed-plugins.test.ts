import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { installedPlugins } from '../src/installed-plugins.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

it('gives the folders of plugins in order, without files and installations under way', async () => {
  for (const name of ['zeta', 'alpha', '.staging-1']) await mkdir(join(data, 'plugins', name), { recursive: true });
  await writeFile(join(data, 'plugins', 'plugins.lock.json'), '{}');
  expect(await installedPlugins(data)).toEqual([join(data, 'plugins', 'alpha'), join(data, 'plugins', 'zeta')]);
});

it('gives nothing where nothing was ever installed', async () => {
  expect(await installedPlugins(join(data, 'none'))).toEqual([]);
});

it('does not hide that the folder cannot be read', async () => {
  await writeFile(join(data, 'plugins'), 'a file');
  await expect(installedPlugins(data)).rejects.toMatchObject({ code: 'ENOTDIR' });
});
