import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { createContext, parseSettings, type LoopstickError } from '@loopstick/core';
import {
  createDocumentFetcher,
  installedPlugins,
  installPlugin,
  pluginLock,
  updatePlugins,
  type InstallOptions,
  type PluginHome,
} from '@loopstick/registry';

import { packed } from './tarball.ts';
import { openNpmRegistry, type NpmRegistry, type PackageJson } from './npm-registry.ts';

let npm: NpmRegistry;
beforeAll(async () => {
  npm = await openNpmRegistry();
}, 60_000);
afterAll(() => npm.close());

const DAY_MS = 24 * 60 * 60 * 1000;
const OPTIONS: InstallOptions = {
  trust: true,
  allowDowngrade: false,
  replace: false,
  offline: false,
  signal: new AbortController().signal,
  approve: async () => Promise.resolve(true),
};

/** A home that asks this registry, two days after all that was published today. */
async function makeHome(now: () => Date = () => new Date(Date.now() + 2 * DAY_MS)) {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const warnings: LoopstickError[] = [];
  const world = createContext({ env: { LOOPSTICK_HOME: folder }, now, random: (length) => randomBytes(length) });
  const fetchDocument = createDocumentFetcher({ ...world, cacheDirectory: join(folder, 'cache/http') });
  const home: PluginHome = {
    context: { ...world, fetchDocument },
    settings: parseSettings({ plugins: { npm: { registry: npm.url } } }, 'test'),
    registries: [],
    bundled: ['distro-ubuntu'],
    warn: (warning) => warnings.push(warning),
  };
  return { folder, home, warnings };
}

function manifest(name: string, version: string, block: object = {}, rest: object = {}): PackageJson {
  const loopstick = { schema: 1, id: 'distro-n', kinds: ['distro@1'], engine: '*', entry: './index.js', ...block };
  return { name, version, type: 'module', loopstick, ...rest } as PackageJson;
}

const tarballOf = (json: PackageJson): Buffer =>
  packed({ 'package.json': JSON.stringify(json), 'index.js': 'throw 1;' });

async function publish(name: string, version: string, block: object = {}, rest: object = {}): Promise<void> {
  const json = manifest(name, version, block, rest);
  await npm.publish(json, tarballOf(json));
}

describe('a plugin of an npm registry', () => {
  it('is installed as the newest that fits, and updated from there; no script is run', async () => {
    const { folder, home } = await makeHome();
    const scripts = { preinstall: `touch ${folder}/was-run`, install: `touch ${folder}/was-run` };
    await publish('@ada/n', '1.0.0', {}, { scripts });
    await publish('@ada/n', '9.0.0', { engine: '>=99' });
    const { entry } = await installPlugin(home, 'npm:@ada/n', OPTIONS);
    expect(entry).toMatchObject({
      version: '1.0.0',
      trust: 'unsigned',
      source: { type: 'npm', registry: npm.url, package: '@ada/n' },
    });
    expect(await readdir(folder)).not.toContain('was-run');
    expect((await installedPlugins(home.context, [])).places).toHaveLength(1);
    await publish('@ada/n', '1.1.0');
    expect(await updatePlugins(home, [], OPTIONS)).toMatchObject([{ from: '1.0.0', to: '1.1.0', state: 'updated' }]);
    await expect(installPlugin(home, 'npm:@ada/n@1.0.0', OPTIONS)).rejects.toMatchObject({ code: 'PLUGIN_DOWNGRADE' });
  });

  it('that does not fit names the newest that would, and the command', async () => {
    const { home } = await makeHome();
    await publish('n-range', '1.2.0');
    await publish('n-range', '2.0.0', { engine: '>=99' });
    await expect(installPlugin(home, 'npm:n-range@^2', OPTIONS)).rejects.toMatchObject({
      code: 'PLUGIN_NO_VERSION',
      hint: expect.stringContaining('loopstick plugin install npm:n-range@1.2.0') as unknown,
    });
    const exact = installPlugin(home, 'npm:n-range@2.0.0', OPTIONS);
    await expect(exact).rejects.toMatchObject({ code: 'PLUGIN_ENGINE_MISMATCH' });
  });

  it('has to be a day old, unless the settings say otherwise', async () => {
    const { home } = await makeHome(() => new Date());
    await publish('n-young', '1.0.0');
    await expect(installPlugin(home, 'npm:n-young@1.0.0', OPTIONS)).rejects.toMatchObject({ code: 'PLUGIN_TOO_NEW' });
    await expect(installPlugin(home, 'npm:n-young', OPTIONS)).rejects.toMatchObject({ code: 'PLUGIN_NO_VERSION' });
    const settings = parseSettings({ plugins: { npm: { registry: npm.url, minimumAgeHours: 0 } } }, 'test');
    expect(await installPlugin({ ...home, settings }, 'npm:n-young', OPTIONS)).toMatchObject({ changed: true });
  });

  it('that was swapped in the registry is refused', async () => {
    const { home } = await makeHome();
    await publish('n-swapped', '1.0.0');
    await npm.swap('n-swapped', '1.0.0', tarballOf(manifest('n-swapped', '1.0.0', { publisher: 'Mallory' })));
    const installing = installPlugin(home, 'npm:n-swapped', OPTIONS);
    await expect(installing).rejects.toMatchObject({ code: 'PLUGIN_INTEGRITY' });
    expect(await pluginLock(home)).toEqual({});
  });

  it.each<[string, object, object]>([
    ['its id', { id: 'distro-good' }, {}],
    ['its engine', { engine: '^0.1.0' }, {}],
    ['its version', {}, { version: '1.0.1' }],
  ])('that lies about %s is refused', async (what, block, rest) => {
    const { home } = await makeHome();
    const name = `n-lies-${what.slice(4)}`;
    const told = manifest(name, '1.0.0', block);
    await npm.publish(told, tarballOf(manifest(name, '1.0.0', {}, rest)));
    await expect(installPlugin(home, `npm:${name}`, OPTIONS)).rejects.toMatchObject({ code: 'PLUGIN_DIFFERS' });
  });

  it('with a name of Loopstick’s own is not asked for', async () => {
    const { home } = await makeHome();
    for (const name of ['@loopstick/plugin-distro-ubuntu', 'distro-ubuntu', 'loopstick-plugin-distro-ubuntu']) {
      await expect(installPlugin(home, `npm:${name}`, OPTIONS)).rejects.toMatchObject({ code: 'PLUGIN_NAME_RESERVED' });
    }
    await publish('n-ubuntu', '1.0.0', { id: 'distro-ubuntu' });
    await expect(installPlugin(home, 'npm:n-ubuntu', OPTIONS)).rejects.toMatchObject({ code: 'PLUGIN_NAME_RESERVED' });
  });

  it('does not take the id of one that came from elsewhere, unless that is wanted', async () => {
    const { home } = await makeHome();
    await publish('n-first', '1.0.0');
    await publish('n-second', '1.0.0');
    await installPlugin(home, 'npm:n-first', OPTIONS);
    await expect(installPlugin(home, 'npm:n-second', OPTIONS)).rejects.toMatchObject({ code: 'PLUGIN_ID_CLAIMED' });
    await installPlugin(home, 'npm:n-second', { ...OPTIONS, replace: true });
    expect(await pluginLock(home)).toMatchObject({ 'distro-n': { source: { package: 'n-second' } } });
  });

  it('is missed in words of its own when there is none', async () => {
    const { home } = await makeHome();
    await expect(installPlugin(home, 'npm:n-nowhere', OPTIONS)).rejects.toMatchObject({ code: 'PLUGIN_NPM_MISSING' });
    await npm.publish({ name: 'n-plain', version: '1.0.0' }, packed({ 'package.json': '{}' }));
    await expect(installPlugin(home, 'npm:n-plain', OPTIONS)).rejects.toMatchObject({ code: 'PLUGIN_NPM_NO_PLUGIN' });
    const nowhere = parseSettings({ plugins: { npm: { registry: 'http://127.0.0.1:9/' } } }, 'test');
    const asking = installPlugin({ ...home, settings: nowhere }, 'npm:n-plain', OPTIONS);
    await expect(asking).rejects.toMatchObject({ code: 'PLUGIN_NPM_FAILED' });
  });
});
