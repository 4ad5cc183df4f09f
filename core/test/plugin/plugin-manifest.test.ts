import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { readManifest } from '../../src/plugin/plugin-manifest.ts';
import { ENGINE_VERSION } from '../../src/engine/version.ts';
import { manifestText, temporaryFolder, writeFiles } from '../engine/support.ts';

const TOOL = { name: 'X', purpose: 'trying', neededFor: 'build', anyOf: ['mkx'], packages: {} };

const granting = (permissions: object): string => manifestText('x', { permissions });

/** Reads a manifest from a folder of its own. */
async function read(text: string) {
  const folder = await temporaryFolder();
  await writeFiles(folder, { 'package.json': text });
  return readManifest(folder);
}

describe('readManifest', () => {
  test('reads a full manifest', async () => {
    const folder = await temporaryFolder();
    const block = {
      kinds: ['distro@1', 'bootloader@1'],
      entry: './dist/index.js',
      contributes: { catalog: './catalog.json' },
      permissions: { hosts: ['releases.example.org'] },
      tools: [{ ...TOOL, anyOf: ['mkx', '/usr/lib64/x/x.img'], packages: { apt: 'libx-1.0+git', dnf: 'NetX' } }],
      publisher: 'Ada',
      deprecated: 'use another',
    };
    await writeFiles(folder, { 'package.json': manifestText('distro-x', block, { description: 'X' }) });
    expect(await readManifest(folder)).toEqual({
      id: 'distro-x',
      version: '1.2.3',
      description: 'X',
      directory: folder,
      kinds: ['distro@1', 'bootloader@1'],
      engine: '*',
      hooks: new Set(['catalogSources', 'mirrorLists', 'recipes', 'bootloaders']),
      entry: join(folder, 'dist/index.js'),
      catalog: join(folder, 'catalog.json'),
      permissions: { hosts: ['releases.example.org'], programs: [], paths: [] },
      tools: block.tools,
      publisher: 'Ada',
      deprecated: 'use another',
    });
  });

  test('takes permissions in every form that counts', async () => {
    const permissions = {
      hosts: ['*', 'a.example', '*.b.example', 'C.example:8080', '127.0.0.1', 'localhost:80', '[::1]'],
      programs: ['grub2-mkimage', 'sh', '7z', 'g++'],
      paths: ['/', '/srv', '/srv/images/', '/srv/with a blank'],
    };
    expect(await read(manifestText('x', { permissions }))).toMatchObject({ permissions });
  });

  test('needs no entry from a plugin that brings only data', async () => {
    const manifest = await read(manifestText('data', { kinds: ['distro@1'], entry: undefined }));
    expect(manifest).toMatchObject({ entry: undefined, catalog: undefined, tools: [] });
  });

  test.each<[string, string, string]>([
    ['no JSON', '{', ''],
    ['an empty file', '', ''],
    ['no object', '[]', 'document'],
    ['no block', '{ "name": "x", "version": "1.0.0" }', 'loopstick'],
    ['no version', manifestText('x', {}, { version: undefined }), 'version'],
    ['another schema', manifestText('x', { schema: 2 }), 'loopstick.schema'],
    ['an id with capitals', manifestText('Distro'), 'loopstick.id'],
    ['an id that is a path', manifestText('../x'), 'loopstick.id'],
    ['an endless id', manifestText('x'.repeat(65)), 'loopstick.id'],
    ['no kind', manifestText('x', { kinds: [] }), 'loopstick.kinds'],
    ['a kind without a contract', manifestText('x', { kinds: ['distro'] }), 'loopstick.kinds[0]'],
    ['a range that is none', manifestText('x', { engine: 'new' }), 'loopstick.engine'],
    ['no range', manifestText('x', { engine: undefined }), 'loopstick.engine'],
    ['an absolute entry', manifestText('x', { entry: '/etc/passwd' }), 'loopstick.entry'],
    ['an entry outside', manifestText('x', { entry: './a/../../b.js' }), 'loopstick.entry'],
    ['an entry that is a URL', manifestText('x', { entry: 'data:text/javascript,1' }), 'loopstick.entry'],
    [
      'a catalog outside',
      manifestText('x', { kinds: ['distro@1'], contributes: { catalog: '../c.json' } }),
      'loopstick.contributes.catalog',
    ],
    [
      'a catalog from a kind that has none',
      manifestText('x', { contributes: { catalog: './c.json' } }),
      'loopstick.contributes.catalog',
    ],
    ['a key that does not exist', manifestText('x', { permission: {} }), 'permission'],
    [
      'permissions of another shape',
      manifestText('x', { permissions: { hosts: 'all' } }),
      'loopstick.permissions.hosts',
    ],
    ...['https://example.org/', 'example.org/x', 'a b', '**.example.org', '*example.org', 'a..b', ''].map(
      (host): [string, string, string] => [
        `"${host}" as a host`,
        granting({ hosts: [host] }),
        'loopstick.permissions.hosts[0]',
      ],
    ),
    ...['/bin/sh', '../sh', 'sh -c', '-x', ''].map(
      (name) =>
        [`"${name}" as a program`, granting({ programs: [name] }), 'loopstick.permissions.programs[0]'] satisfies [
          string,
          string,
          string,
        ],
    ),
    ...['relative', '/srv/../etc', '/srv/*', '/srv//x', ''].map((path): [string, string, string] => [
      `"${path}" as a path`,
      granting({ paths: [path] }),
      'loopstick.permissions.paths[0]',
    ]),
  ])('refuses %s and says where', async (_, text, place) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'PLUGIN_MANIFEST_INVALID',
      message: expect.stringContaining(place),
    });
  });

  test.each<[string, object]>([
    ['no name', { name: undefined }],
    ['a name that writes to the terminal', { name: '\u001b[2J' }],
    ['an endless purpose', { purpose: 'x'.repeat(101) }],
    ['another need', { neededFor: 'fun' }],
    ['no place', { anyOf: [] }],
    ['too many places', { anyOf: Array.from({ length: 21 }, (_, index) => `mk${index}`) }],
    ['a program that is an option', { anyOf: ['-x'] }],
    ['a path relative to the working folder', { anyOf: ['./mkx'] }],
    ['a path that climbs', { anyOf: ['/usr/../etc/shadow'] }],
    ['a package that is an option', { packages: { apt: '--force-yes' } }],
    ['a package that is a file', { packages: { apt: '/tmp/evil.deb' } }],
    ['a package that a shell would run', { packages: { apt: 'x;reboot' } }],
    ['an unknown package manager', { packages: { pip: 'x' } }],
    ['a key that does not exist', { install: 'curl' }],
  ])('refuses a tool with %s', async (_, change) => {
    await expect(read(manifestText('x', { tools: [{ ...TOOL, ...change }] }))).rejects.toMatchObject({
      code: 'PLUGIN_MANIFEST_INVALID',
    });
  });

  test('refuses too many tools', async () => {
    await expect(read(manifestText('x', { tools: Array.from({ length: 51 }, () => TOOL) }))).rejects.toMatchObject({
      code: 'PLUGIN_MANIFEST_INVALID',
    });
  });

  test('refuses a folder without a manifest', async () => {
    await expect(readManifest(await temporaryFolder())).rejects.toMatchObject({
      code: 'PLUGIN_MANIFEST_INVALID',
      cause: expect.objectContaining({ code: 'ENOENT' }),
    });
  });
});

describe('a manifest of its own', () => {
  const OWN = {
    schema: 1,
    id: 'distro-own',
    version: '2.0.0',
    kinds: ['distro@1'],
    engine: '*',
    contributes: { distribution: './distribution.json' },
  };

  async function own(changes: object = {}, files: Readonly<Record<string, string>> = {}) {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'loopstick.plugin.json': JSON.stringify({ ...OWN, ...changes }), ...files });
    return readManifest(folder);
  }

  test('is read, and has no code', async () => {
    const manifest = await own({ publisher: 'Ada' });
    expect(manifest).toMatchObject({ id: 'distro-own', version: '2.0.0', publisher: 'Ada', entry: undefined });
    expect(manifest.distribution).toBe(join(manifest.directory, 'distribution.json'));
  });

  test('may have the documents in it', async () => {
    const manifest = await own({ contributes: { distribution: {} } });
    expect(manifest.distribution).toBe(join(manifest.directory, 'loopstick.plugin.json'));
  });

  test('is found beside a package.json that is about something else', async () => {
    expect(await own({}, { 'package.json': '{ "name": "x" }' })).toMatchObject({ id: 'distro-own' });
  });

  test.each<[string, object, string]>([
    ['code', { entry: './index.js' }, 'document'],
    ['nothing that it brings', { contributes: {} }, 'contributes'],
    ['no version', { version: undefined }, 'version'],
    ['a version that is none', { version: '1' }, 'version'],
    ['a document that is neither', { contributes: { distribution: 7 } }, 'contributes.distribution'],
    ['a path outside', { contributes: { distribution: '../x.json' } }, 'contributes.distribution'],
    [
      'mirror lists from a kind that has none',
      { kinds: ['bootloader@1'], contributes: { mirrorLists: './x.json' } },
      'contributes.mirrorLists',
    ],
  ])('is refused with %s, in words that name plugin and place', async (_, changes, place) => {
    await expect(own(changes)).rejects.toMatchObject({
      code: 'PLUGIN_MANIFEST_INVALID',
      pluginId: 'distro-own',
      message: expect.stringMatching(new RegExp(`distro-own.*: ${place.replace('.', '\\.')}: `)),
    });
  });
});

describe('the engine range', () => {
  test.each(['*', ENGINE_VERSION, `^${ENGINE_VERSION}`, `>=${ENGINE_VERSION} <99`])('%s fits', async (engine) => {
    expect(await read(manifestText('x', { engine }))).toMatchObject({ id: 'x' });
  });

  test.each(['>=99', '<0.0.1', '^98.0.0 || ^99.0.0'])('%s does not', async (engine) => {
    await expect(read(manifestText('x', { engine }))).rejects.toMatchObject({
      code: 'PLUGIN_ENGINE_MISMATCH',
      pluginId: 'x',
    });
  });

  test('is looked at before anything that a later engine may understand better', async () => {
    const later = { engine: '>=99', schema: 2, kinds: ['teleport@1'], sandbox: true };
    await expect(read(manifestText('x', later))).rejects.toMatchObject({ code: 'PLUGIN_ENGINE_MISMATCH' });
  });
});

describe('the contract', () => {
  test('names the versions of the kind that are offered', async () => {
    await expect(read(manifestText('x', { kinds: ['distro@1', 'bootloader@2'] }))).rejects.toMatchObject({
      code: 'PLUGIN_CONTRACT_MISMATCH',
      pluginId: 'x',
      message: expect.stringContaining('bootloader@1'),
    });
  });

  test.each(['teleport@1', 'constructor@1'])('lists all kinds when there is none like %s', async (kind) => {
    await expect(read(manifestText('x', { kinds: [kind] }))).rejects.toMatchObject({
      code: 'PLUGIN_CONTRACT_MISMATCH',
      message: expect.stringMatching(/distro@1.*bootloader@1/),
    });
  });
});
