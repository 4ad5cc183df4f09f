/** Plugins of a signed registry: published, found, installed, blocked and withdrawn. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { createDocumentFetcher } from '../../src/http/document-fetcher.ts';
import { installedPlugins } from '../../src/installed-plugins.ts';
import { pluginLock } from '../../src/plugins/manage.ts';
import { searchPlugins, showPlugin } from '../../src/plugins/search.ts';
import { updatePlugins } from '../../src/plugins/update.ts';
import { withdrawnPlugins } from '../../src/plugins/withdrawn.ts';
import { removeContent } from '../../src/publish/content.ts';
import { initRegistry } from '../../src/publish/init.ts';
import { addPlugin, blockPlugin, removePlugin, unblockPlugin } from '../../src/publish/plugins.ts';
import { publishRegistry } from '../../src/publish/publish.ts';
import { serveRegistry } from '../../src/publish/serve.ts';
import { dataPlugin, fileOf, install, makeHome, tarballOf, YES, type Home } from './support.ts';

const OURS = ['ours'];

interface Stage {
  readonly home: Home;
  readonly directory: string;
  readonly outer: { readonly random: (length: number) => Uint8Array; readonly now: () => Date };
  /** Puts a release in, and publishes. */
  add(changes?: object): Promise<void>;
  publish(): Promise<void>;
}

/** A registry that is served, and a home that trusts it. */
async function openStage(): Promise<Stage> {
  const plain = await makeHome();
  const directory = join(plain.folder, 'registry');
  const outer = { random: (length: number) => randomBytes(length), now: plain.context.now };
  const description = { schema: 1 as const, title: 'Ours', refresh: { intervalMinutes: 60, jitterMinutes: 0 } };
  await initRegistry(directory, { description }, outer);
  const publish = async (): Promise<void> => {
    await publishRegistry(directory, {}, outer);
  };
  await publish();
  const server = await serveRegistry(directory, 0);
  onTestFinished(() => server.close());
  const root = await readFile(join(directory, 'public/metadata/1.root.json'), 'utf8');
  const fetchDocument = createDocumentFetcher({
    ...plain.context,
    env: {},
    cacheDirectory: join(plain.folder, 'cache/http'),
  });
  const home: Home = {
    ...plain,
    context: { ...plain.context, fetchDocument },
    registries: [{ name: 'ours', url: server.url, by: 'user', rootFile: '', root: async () => Promise.resolve(root) }],
  };
  return {
    home,
    directory,
    outer,
    publish,
    async add(changes = {}) {
      await addPlugin(directory, await tarballOf(home, dataPlugin(changes)), outer, YES.signal);
      await publish();
    },
  };
}

describe('a registry of plugins', () => {
  test('is searched, shown and installed from, with its word for what is installed', async () => {
    const { home, add } = await openStage();
    await add({ description: 'An example', publisher: 'Ada' });
    const options = { offline: false, signal: YES.signal };
    expect(await searchPlugins(home, ['EXAMPLE', 'ada'], options)).toMatchObject([{ id: 'distro-example' }]);
    expect(await searchPlugins(home, ['nothing'], options)).toEqual([]);
    const { entry } = await install(home, 'distro-example');
    expect(entry).toMatchObject({ trust: 'registry', source: { type: 'registry', registry: 'ours' } });
    expect(await showPlugin(home, 'distro-example', { ...options, offline: true })).toMatchObject([
      { registry: 'ours', releases: [{ version: '1.0.0', obstacle: undefined }], installed: { version: '1.0.0' } },
    ]);
    expect((await installedPlugins(home.context, OURS)).places).toMatchObject([{ trust: 'registry' }]);
  });

  test('keeps older versions, and names the newest that fits', async () => {
    const { home, add } = await openStage();
    await add();
    await add({ version: '1.5.0' });
    expect((await install(home, 'distro-example@1.0.0')).entry.version).toBe('1.0.0');
    expect(await updatePlugins(home, [], YES)).toMatchObject([{ to: '1.5.0', state: 'updated' }]);
    await expect(install(home, 'distro-example@^2')).rejects.toMatchObject({
      code: 'PLUGIN_NO_VERSION',
      hint: expect.stringContaining('loopstick plugin install distro-example@1.5.0') as unknown,
    });
    await expect(install(home, 'distro-exampel')).rejects.toMatchObject({ code: 'PLUGIN_UNKNOWN' });
  });

  test('takes a release for later engines, which is not for this one', async () => {
    const { home, add } = await openStage();
    await add();
    await add({ version: '2.0.0', engine: '>=99' });
    expect((await install(home, 'distro-example')).entry.version).toBe('1.0.0');
    await expect(install(home, 'distro-example@2.0.0')).rejects.toMatchObject({ code: 'PLUGIN_ENGINE_MISMATCH' });
    expect(await updatePlugins(home, [], YES)).toMatchObject([{ to: '1.0.0', state: 'current' }]);
    // What it understands it still checks.
    await expect(add({ version: '3.0.0', engine: '>=99', contributes: {} })).rejects.toMatchObject({
      code: 'PLUGIN_MANIFEST_INVALID',
    });
  });

  test('blocks versions: they are neither installed nor used any more, until the block is taken back', async () => {
    const { home, directory, outer, add, publish } = await openStage();
    await add();
    await add({ version: '1.1.0' });
    await install(home, 'distro-example');
    await blockPlugin(directory, 'distro-example', '>=1.1.0', 'it leaks', outer);
    await publish();
    await expect(install(home, 'distro-example@1.1.0')).rejects.toMatchObject({ code: 'PLUGIN_BLOCKED' });
    const { places, refused } = await installedPlugins(home.context, OURS);
    expect(places).toEqual([]);
    expect(refused).toMatchObject([{ name: 'distro-example', error: { code: 'PLUGIN_BLOCKED' } }]);
    // Also from elsewhere, while the registry is trusted.
    const file = await tarballOf(home, dataPlugin({ version: '1.2.0' }));
    await expect(install(home, file, { replace: true })).rejects.toMatchObject({ code: 'PLUGIN_BLOCKED' });
    expect((await installedPlugins(home.context, [])).places).toHaveLength(1);
    expect(await updatePlugins(home, [], YES)).toMatchObject([{ state: 'failed', error: { code: 'PLUGIN_BLOCKED' } }]);
    expect((await install(home, 'distro-example', { allowDowngrade: true })).entry.version).toBe('1.0.0');
    await unblockPlugin(directory, 'distro-example', '>=1.1.0', outer);
    await publish();
    expect((await install(home, 'distro-example')).entry.version).toBe('1.1.0');
    await expect(blockPlugin(directory, 'distro-example', 'all', 'x', outer)).rejects.toMatchObject({
      code: 'REGISTRY_BAD_RANGE',
    });
  });

  test('takes a plugin out with a reason, and leaves it to those who have it', async () => {
    const { home, directory, outer, add, publish } = await openStage();
    await add();
    await install(home, 'distro-example');
    const withdrawn = async () => [...(await withdrawnPlugins(home, await pluginLock(home), YES.signal))];
    expect(await withdrawn()).toEqual([]);
    await removePlugin(directory, 'distro-example', 'nobody looks after it', outer);
    await publish();
    await expect(install(home, 'distro-example')).rejects.toMatchObject({ code: 'PLUGIN_WITHDRAWN' });
    expect(await withdrawn()).toEqual([['distro-example', { registry: 'ours', reason: 'nobody looks after it' }]]);
    expect((await installedPlugins(home.context, OURS)).places).toHaveLength(1);
    expect(await searchPlugins(home, [], { offline: false, signal: YES.signal })).toEqual([]);
  });

  test('takes no release twice with other content, and no package that could not be installed', async () => {
    const { home, directory, outer, add } = await openStage();
    await add();
    await expect(add({ publisher: 'Mallory' })).rejects.toMatchObject({ code: 'REGISTRY_RELEASE_EXISTS' });
    const broken = await tarballOf(home, { ...dataPlugin({ id: 'x' }), 'run.js': '' });
    await expect(addPlugin(directory, broken, outer, YES.signal)).rejects.toMatchObject({
      code: 'PLUGIN_CODE_IN_DATA',
    });
    // The index is nothing that is taken out like a document.
    await expect(removeContent(directory, 'index')).rejects.toMatchObject({ code: 'REGISTRY_NO_SUCH_CONTENT' });
  });

  test('publishes no tarball that somebody has changed, and its readers take none', async () => {
    const { home, directory, add, publish } = await openStage();
    await add();
    const target = 'plugins/distro-example-1.0.0.tgz';
    const evil = await readFile(await tarballOf(home, dataPlugin({ publisher: 'Mallory' })));
    await writeFile(join(directory, 'content', target), evil);
    await expect(publish()).rejects.toMatchObject({ code: 'REGISTRY_DAMAGED' });
  });

  test('whose index lies about a package is not installed from', async () => {
    const { home, directory, add, publish } = await openStage();
    await add();
    const file = join(directory, 'content/plugins/index.json');
    const lie = (await readFile(file, 'utf8')).replace('"a.example"', '"b.example"');
    await writeFile(file, lie);
    await publish();
    await expect(install(home, 'distro-example')).rejects.toMatchObject({ code: 'PLUGIN_DIFFERS' });
  });

  test('is done without when it cannot be read, with what was read last', async () => {
    const { home, add } = await openStage();
    await add();
    await install(home, 'distro-example');
    const away = home.registries.map((registry) => ({ ...registry, url: 'http://127.0.0.1:9' }));
    const file = await fileOf(home, dataPlugin({ id: 'distro-other' })['loopstick.plugin.json'] ?? '', 'other.json');
    expect(await install({ ...home, registries: away }, file)).toMatchObject({ changed: true });
    expect(await searchPlugins({ ...home, registries: away }, [], { offline: true, signal: YES.signal })).toHaveLength(
      1,
    );
  });
});
