/**
 * A distribution of somebody else's, from nothing to a stick that boots: its plugin is made, published, found, installed
 * and read, and an ISO of it is fetched, all with the command and from real servers.
 */
import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { LoopstickResult } from '../harness/loopstick.ts';
import { createScene, type Scene } from '../harness/scene.ts';
import { defaultCacheDir } from '../inputs/cache.ts';
import { makeTestInputs } from '../inputs/make.ts';
import { finishAdaPlugin, makeAdaSite } from '../plugins/ada.ts';
import { openNpmRegistry, type PackageJson } from '../plugins/npm-registry.ts';
import { startNginx, type Nginx } from '../servers/index.ts';

let scene: Scene;
let web: Nginx;

beforeAll(async () => {
  scene = await createScene();
  web = await startNginx(scene.path('nginx'), {
    '/ours/': scene.path('ours/public'),
    '/ada/': scene.path('ada'),
  });
  const { 'fedora-42': live } = await makeTestInputs({ cacheDir: defaultCacheDir(), only: ['fedora-42'] });
  const key = await makeAdaSite(scene.path('ada'), live.path);
  await run(['plugin', 'create', 'distro-ada', '--kind', 'distro', '--data']);
  await finishAdaPlugin(scene.path('distro-ada'), `${web.url}ada/`, key);
  await run(['plugin', 'pack', 'distro-ada']);
});
afterAll(async () => {
  await web.close();
  await scene.remove();
});

async function run(args: readonly string[], home = scene.home): Promise<LoopstickResult> {
  const result = await scene.run(args, { home });
  expect({ args, exitCode: result.exitCode }, result.stderr).toEqual({ args, exitCode: 0 });
  return result;
}
const json = async (args: readonly string[], home?: string): Promise<unknown> =>
  JSON.parse((await run(['--json', ...args], home)).stdout);

/** What there is after the installation, however it was made. */
async function buildAda(home: string, stick: string): Promise<void> {
  await run(['catalog', 'sync', '--source', 'upstream:distro-ada'], home);
  expect((await run(['catalog', 'list', 'ada'], home)).stdout).toMatch(/ada@1\.1 .* signed /);
  const [id, recipe] = ['ada/1.1/live/x86_64', 'distro-ada/distro-ada:ada'];
  expect(await json(['build', 'ada', '-o', stick], home)).toMatchObject({
    images: [{ id, recipe, evidence: 'signed', entries: [{ title: 'ada 1.1' }] }],
  });
}

describe('a community distribution, from a plugin', () => {
  it('of a signed registry that nginx serves, becomes a stick that boots', async () => {
    await run(['registry', 'init', 'ours', '--title', 'Our plugins']);
    await run(['plugin', 'publish', 'distro-ada', '--registry', 'ours']);
    await run(['registry', 'publish', 'ours']);

    const home = scene.path('reader');
    await run(['registry', 'trust', 'ours', `${web.url}ours/`, '--root', 'ours/public/metadata/1.root.json'], home);
    expect(await json(['plugin', 'search', 'ada'], home)).toMatchObject([{ id: 'distro-ada', trust: 'registry' }]);
    expect(await json(['plugin', 'show', 'distro-ada'], home)).toMatchObject({
      registries: [{ registry: 'ours', releases: [{ version: '0.1.0', permissions: { hosts: ['127.0.0.1'] } }] }],
    });
    await run(['plugin', 'install', 'distro-ada', '--yes'], home);
    await buildAda(home, 'registry.img');

    const check = (await json(['boot', 'registry.img', '--check'], home)) as {
      entries: { reached: string; tail: string[] }[];
    };
    expect(check.entries[0]?.reached, check.entries[0]?.tail.join('\n')).toBe('userland');
  });

  it('of an npm registry becomes a stick', async () => {
    const npm = await openNpmRegistry();
    try {
      const packageJson = JSON.parse(await readFile(scene.path('distro-ada/package.json'), 'utf8')) as PackageJson;
      await npm.publish(packageJson, await readFile(scene.path('distro-ada-0.1.0.tgz')));
      const home = scene.path('npm');
      await run(['config', 'set', 'plugins.npm.registry', npm.url], home);
      await run(['config', 'set', 'plugins.npm.minimumAgeHours', '0'], home);
      await run(['plugin', 'install', `npm:${packageJson.name}`, '--yes'], home);
      await buildAda(home, 'npm.img');
    } finally {
      await npm.close();
    }
  });

  it.each(['./distro-ada-0.1.0.tgz', './distro-ada'])('in %s becomes a stick', async (source) => {
    const home = scene.path(`home-${source.length}`);
    await run(['plugin', 'install', source, '--yes'], home);
    await buildAda(home, `stick-${source.length}.img`);
  });
});
