/** Plugins through the command: what it says to programs, and with which exit code it ends. */
import { randomBytes } from 'node:crypto';
import { copyFile, writeFile } from 'node:fs/promises';

import {
  addPlugin,
  blockPlugin,
  initRegistry,
  publishRegistry,
  serveRegistry,
  withdrawPlugin,
} from '@loopstick/registry';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { createScene, type Scene } from '../harness/scene.ts';
import { makeIso } from '../iso-tree.ts';
import { packed } from '../plugins/tarball.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(() => scene.remove());

/** Of a failure, code and exit code. */
async function failing(...args: string[]): Promise<[string | undefined, number | undefined]> {
  const { exitCode, error } = await scene.run(['--json', ...args]);
  return [error?.code, exitCode];
}
async function json(...args: string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await scene.run(['--json', ...args]);
  expect(exitCode, `${args.join(' ')}: ${stderr}`).toBe(0);
  return JSON.parse(stdout);
}
async function inList(id: string): Promise<object | undefined> {
  return ((await json('plugin', 'list')) as { id: string }[]).find((plugin) => plugin.id === id);
}

const EXAMPLE = 'distro-example';

function example(version: string): Buffer {
  const distribution = { schema: { major: 1, minor: 0 }, distribution: { id: 'example', name: 'Example' } };
  const kinds = ['distro@1'];
  const manifest = { schema: 1, id: EXAMPLE, version, kinds, engine: '*', contributes: { distribution } };
  return packed({ 'loopstick.plugin.json': JSON.stringify(manifest) });
}

/** The publisher's side, without the command, which others try. */
async function openRegistry() {
  const directory = scene.path('ours');
  const context = { random: (length: number) => randomBytes(length), now: () => new Date() };
  const description = { schema: 1 as const, title: 'Ours', refresh: { intervalMinutes: 60, jitterMinutes: 0 } };
  await initRegistry(directory, { description }, context);
  for (const version of ['1.0.0', '1.1.0']) {
    await writeFile(scene.path('example.tgz'), example(version));
    await addPlugin(directory, scene.path('example.tgz'), context, AbortSignal.timeout(60_000));
  }
  await publishRegistry(directory, {}, context);
  const server = await serveRegistry(directory, 0);
  onTestFinished(() => server.close());
  const root = `${directory}/public/metadata/1.root.json`;
  await json('registry', 'trust', 'ours', server.url, '--root', root);
  const publish = async (): Promise<void> => {
    await publishRegistry(directory, {}, context);
    await json('catalog', 'sync', '--source', 'ours');
  };
  return { directory, context, publish };
}

describe('a plugin of a registry', () => {
  it('is installed, updated, blocked and withdrawn, and goes', async () => {
    const { directory, context, publish } = await openRegistry();
    expect(await failing('plugin', 'install', 'distro-exampel')).toEqual(['PLUGIN_UNKNOWN', 3]);
    expect(await failing('plugin', 'install', EXAMPLE)).toEqual(['CLI_UNCONFIRMED', 2]);
    expect(await failing('plugin', 'install', `${EXAMPLE}@^2`, '-y')).toEqual(['PLUGIN_NO_VERSION', 3]);
    expect(await json('plugin', 'install', `${EXAMPLE}@1.0.0`, '-y')).toMatchObject([{ id: EXAMPLE, changed: true }]);
    expect(await json('plugin', 'update')).toMatchObject([{ from: '1.0.0', to: '1.1.0', state: 'updated' }]);
    expect(await failing('plugin', 'install', `${EXAMPLE}@1.0.0`, '-y')).toEqual(['PLUGIN_DOWNGRADE', 8]);

    await blockPlugin(directory, EXAMPLE, '>=1.1.0', 'it names a wrong key', context);
    await publish();
    expect(await inList(EXAMPLE)).toMatchObject({ state: 'refused', error: { code: 'PLUGIN_BLOCKED' } });
    expect(await failing('plugin', 'verify')).toEqual(['PLUGIN_BLOCKED', 5]);
    expect(await failing('plugin', 'update')).toEqual(['PLUGIN_BLOCKED', 5]);
    expect(await failing('plugin', 'install', `${EXAMPLE}@1.1.0`, '-y')).toEqual(['PLUGIN_BLOCKED', 5]);
    await json('plugin', 'install', EXAMPLE, '--allow-downgrade');
    expect(await inList(EXAMPLE)).toMatchObject({ version: '1.0.0', state: 'found', trust: 'registry' });

    await withdrawPlugin(directory, EXAMPLE, 'nobody looks after it', context);
    await publish();
    const withdrawn = { registry: 'ours', reason: 'nobody looks after it' };
    expect(await inList(EXAMPLE)).toMatchObject({ state: 'found', withdrawn });
    expect(await failing('plugin', 'install', EXAMPLE, '-y')).toEqual(['PLUGIN_WITHDRAWN', 10]);

    expect(await json('plugin', 'remove', EXAMPLE)).toMatchObject([{ id: EXAMPLE, version: '1.0.0', onSticks: [] }]);
    expect(await inList(EXAMPLE)).toBeUndefined();
    expect(await failing('plugin', 'remove', EXAMPLE)).toEqual(['PLUGIN_NOT_INSTALLED', 3]);
    expect(await failing('plugin', 'remove', 'bootloader-grub')).toEqual(['PLUGIN_BUNDLED', 8]);
  }, 90_000);
});

describe('a plugin that is removed', () => {
  it('leaves an engine that works, and it is said what it has set up on sticks', async () => {
    const files = { 'live/vmlinuz': 'k', 'live/initrd.img': 'i', 'example-release': 'example 1.1\n' };
    await makeIso({ label: 'EXAMPLE', files }, scene.path('example.iso'));
    await json('plugin', 'create', EXAMPLE, '--kind', 'distro', '--data');
    await json('plugin', 'install', `./${EXAMPLE}`, '--yes');
    const manifest = (await json('build', 'example.iso', '-o', 'stick.img', '--title', 'Mine')) as object;
    expect(manifest).toMatchObject({ images: [{ recipe: `${EXAMPLE}/${EXAMPLE}:example` }] });
    const trace = { title: 'Mine', image: 'local/example' };
    const { stdout } = await scene.run(['--json', 'plugin', 'remove', EXAMPLE]);
    expect(JSON.parse(stdout)).toEqual([
      {
        ...{ id: EXAMPLE, version: '0.1.0', images: [], settings: [] },
        onSticks: [{ ...trace, stick: scene.path('stick.img'), made: expect.any(String) as unknown }],
      },
    ]);
    expect(await json('stick', 'list', 'stick.img')).toEqual(manifest);
    // It is one of Debian's kind now.
    expect(await json('build', 'example.iso', '-o', 'other.img')).toMatchObject({
      images: [{ recipe: expect.stringMatching(/^distro-debian\//) as unknown }],
    });

    // A stick from elsewhere, or one that somebody has moved, is read where it is.
    await json('plugin', 'install', `./${EXAMPLE}`, '--yes');
    await copyFile(scene.path('stick.img'), scene.path('moved.img'));
    expect(await json('plugin', 'remove', EXAMPLE, '--stick', 'moved.img')).toMatchObject([
      { onSticks: [{ ...trace, stick: 'moved.img' }] },
    ]);
  }, 90_000);

  it('is named with the settings that still want it, and another one takes its place', async () => {
    await json('plugin', 'create', 'mirror-mine', '--kind', 'mirror-strategy');
    expect(await failing('plugin', 'install', './mirror-mine', '--yes')).toEqual(['PLUGIN_UNTRUSTED', 8]);
    await json('plugin', 'install', './mirror-mine', '--yes', '--trust');
    await json('config', 'set', 'mirrors.strategy', 'mirror-mine');
    expect(await json('plugin', 'remove', 'mirror-mine')).toMatchObject([{ settings: ['mirrors.strategy'] }]);
    await json('config', 'unset', 'mirrors.strategy');
    expect(await json('mirrors', 'strategies')).toContainEqual(
      expect.objectContaining({ name: 'adaptive', inUse: true }) as unknown,
    );
  });
});
