/** A mirror strategy of the user's own: a folder anywhere, with a manifest and a file of plain JavaScript. */
import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { createScene, writeCatalog, type Scene } from '../harness/scene.ts';
import { serveFolder, type FileServer } from '../servers/index.ts';

const MANIFEST = {
  ...{ name: 'my-strategy', version: '1.0.0', description: 'A strategy of my own', type: 'module' },
  loopstick: { schema: 1, id: 'my-strategy', kinds: ['mirror-strategy@1'], engine: '^0.1.0', entry: './index.js' },
};
const CODE = `
export default {
  id: 'my-strategy',
  register(registrar) {
    registrar.mirrorStrategy({
      name: 'backwards',
      description: 'The last one first, and of two that are left the first not at all',
      rank: async (candidates) =>
        [...candidates].reverse().map(({ url, position }) => ({
          url,
          reason: 'number ' + position + ' from behind',
          use: position > 0,
        })),
    });
  },
};
`;

const content = randomBytes(300_000);
let scene: Scene;
let plugin: string;
let catalog: string;
let servers: FileServer[];

beforeEach(async () => {
  scene = await createScene();
  plugin = await mkdtemp(join(tmpdir(), 'my-strategy-'));
  await writeFile(join(plugin, 'package.json'), JSON.stringify(MANIFEST));
  await writeFile(join(plugin, 'index.js'), CODE);
  await mkdir(scene.path('www'));
  await writeFile(scene.path('www/any.iso'), content);
  const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  servers = await Promise.all(addresses.map((address) => serveFolder({ folder: scene.path('www'), address })));
  catalog = await writeCatalog(scene.path('catalog'), [
    {
      ...{ distribution: 'any', version: '1', file: 'any.iso', size: content.length },
      sha256: createHash('sha256').update(content).digest('hex'),
      mirrors: servers.map(({ url }) => `${url}/any.iso`),
    },
  ]);
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await scene.remove();
  await rm(plugin, { recursive: true, force: true });
});

it('appears among the others, explains itself, and decides who is asked', async () => {
  expect((await scene.run(['config', 'set', 'plugins.paths', plugin])).exitCode).toBe(0);
  const strategies = await scene.run(['--json', 'mirrors', 'strategies']);
  expect(JSON.parse(strategies.stdout)).toContainEqual(
    expect.objectContaining({ name: 'backwards', plugin: 'my-strategy', inUse: false }),
  );
  expect((await scene.run(['config', 'set', 'mirrors.strategy', 'backwards'])).exitCode).toBe(0);
  expect((await scene.run(['mirrors', 'strategies'])).stdout).toMatch(/^\* +backwards /m);

  const explained = await scene.run(['--json', '--catalog', catalog, 'mirrors', 'explain', 'any']);
  const { mirrors } = JSON.parse(explained.stdout) as { mirrors: { url: string; reason: string; use: boolean }[] };
  expect(mirrors.map(({ url, reason, use }) => [new URL(url).hostname, reason, use])).toEqual([
    ['127.0.0.3', 'number 2 from behind', true],
    ['127.0.0.2', 'number 1 from behind', true],
    ['127.0.0.1', 'number 0 from behind', false],
  ]);

  const result = await scene.run(['--catalog', catalog, 'download', 'any', '--accept', 'none']);
  expect(result.exitCode, result.stderr).toBe(0);
  const [first, second, third] = servers;
  expect(first?.requests).toEqual([]);
  const at = (server: FileServer | undefined): number => server?.requests[0]?.at ?? Infinity;
  expect(at(third)).toBeLessThan(at(second));
});

it('is used for one download only, where that is asked for', async () => {
  await scene.run(['config', 'set', 'plugins.paths', plugin]);
  const args = ['--catalog', catalog, 'download', 'any', '--accept', 'none', '--mirror-strategy', 'backwards'];
  const result = await scene.run(args);
  expect(result.exitCode, result.stderr).toBe(0);
  expect(servers[0]?.requests).toEqual([]);
  expect(servers[2]?.requests).not.toEqual([]);
});

it('is shown with where it comes from, also when another of its id is installed', async () => {
  const from = async (): Promise<unknown> => {
    const all = JSON.parse((await scene.run(['--json', 'plugin', 'list'])).stdout) as { id: string }[];
    return all.filter(({ id }) => id === 'my-strategy');
  };
  const other = scene.path('other');
  await cp(plugin, other, { recursive: true });
  expect(await scene.run(['plugin', 'install', other, '--trust', '-y'])).toMatchObject({ exitCode: 0 });
  expect(await from()).toMatchObject([{ source: { type: 'folder', path: other } }]);
  await scene.run(['config', 'set', 'plugins.paths', plugin]);
  await scene.run(['config', 'set', 'plugins.use.my-strategy', plugin]);
  expect(await from()).toMatchObject([{ directory: plugin, source: { type: 'folder', path: plugin } }]);
});
