import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { installedPlugins } from '../src/installed-plugins.ts';
import { dataPlugin, install, makeHome, tarballOf } from './plugins/support.ts';

it('gives the folders of plugins in alphabetical order, and leaves out what nobody has installed', async () => {
  const home = await makeHome();
  for (const id of ['zeta', 'alpha']) await install(home, await tarballOf(home, dataPlugin({ id })));
  const root = join(home.folder, 'data/plugins');
  for (const name of ['put-there', '.hidden', 'left-over@1.0.0.0123456789ab']) await mkdir(join(root, name));
  const { places, refused } = await installedPlugins(home.context, []);
  expect(places.map(({ directory }) => directory.slice(root.length + 1).split('@')[0])).toEqual(['alpha', 'zeta']);
  expect(refused).toMatchObject([{ name: join(root, 'put-there'), error: { code: 'PLUGIN_NOT_RECORDED' } }]);
});

it('gives nothing where nothing was ever installed', async () => {
  expect(await installedPlugins((await makeHome()).context, [])).toEqual({ recorded: {}, places: [], refused: [] });
});

it('does not hide that the folder cannot be read', async () => {
  const home = await makeHome();
  await mkdir(join(home.folder, 'data'));
  await writeFile(join(home.folder, 'data/plugins'), 'a file');
  await expect(installedPlugins(home.context, [])).rejects.toMatchObject({ code: 'ENOTDIR' });
});
