/** What is left when an installation ends at any moment, or meets another one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { installedPlugins } from '../../src/installed-plugins.ts';
import { pluginLock, verifyPlugins } from '../../src/plugins/manage.ts';
import { dataPlugin, install, makeHome, tarballOf, YES, type Home } from './support.ts';

const CHILD = fileURLToPath(new URL('killed-install.mjs', import.meta.url));

/** Installs in a process that is killed when it wants random bytes for the n-th time: for each temporary name that is. */
async function killedAt(home: Home, path: string, at: number): Promise<boolean> {
  const child = spawn(process.execPath, [CHILD, home.folder, path, String(at)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal === 'SIGKILL';
}

describe('an installation that is killed', () => {
  test('leaves the version of before or the new one, and stands in nobody’s way', { timeout: 120_000 }, async () => {
    const seen = new Set<string>();
    for (let at = 1, killed = true; killed; at++) {
      const home = await makeHome();
      await install(home, await tarballOf(home, dataPlugin(), 'one.tgz'));
      const two = await tarballOf(home, dataPlugin({ version: '2.0.0' }), 'two.tgz');
      killed = await killedAt(home, two, at);
      const { version } = (await pluginLock(home))['distro-example'] ?? {};
      seen.add(`${version ?? 'none'} ${killed ? 'killed' : 'done'}`);
      expect(await verifyPlugins(home, [], YES.signal)).toMatchObject([{ state: 'right' }]);
      expect(await installedPlugins(home.context, [])).toMatchObject({ places: [{ trust: 'data' }], refused: [] });
      // The next one goes through, and clears away what was left.
      const { entry } = await install(home, await tarballOf(home, dataPlugin({ version: '3.0.0' }), 'three.tgz'));
      expect(entry.version).toBe('3.0.0');
      const trees = (await readdir(join(home.folder, 'data/plugins'))).filter((name) => name.includes('@'));
      expect(trees).toHaveLength(2);
    }
    expect([...seen].sort()).toEqual(['1.0.0 killed', '2.0.0 done']);
  });
});

describe('two installations at once', () => {
  test('of different plugins both count', async () => {
    const home = await makeHome();
    const paths = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => tarballOf(home, dataPlugin({ id: `distro-${name}` }), `${name}.tgz`)),
    );
    await Promise.all(paths.map((path) => install(home, path)));
    expect(Object.keys(await pluginLock(home))).toEqual(['distro-a', 'distro-b', 'distro-c', 'distro-d']);
    expect((await installedPlugins(home.context, [])).places).toHaveLength(4);
  });

  test('of one plugin: the second is told that what it was shown is no longer so', async () => {
    const home = await makeHome();
    const one = await tarballOf(home, dataPlugin(), 'one.tgz');
    const two = await tarballOf(home, dataPlugin({ version: '2.0.0' }), 'two.tgz');
    const slow = install(home, one, {
      approve: async () => {
        await install(home, two);
        return true;
      },
    });
    await expect(slow).rejects.toMatchObject({ code: 'PLUGIN_CHANGED_MEANWHILE' });
    expect(await pluginLock(home)).toMatchObject({ 'distro-example': { version: '2.0.0' } });
  });
});
