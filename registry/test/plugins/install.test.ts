import { cp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { installedPlugins } from '../../src/installed-plugins.ts';
import { previewPlugin } from '../../src/plugins/install.ts';
import { linkPlugin, pluginLock, removePlugin, verifyPlugins } from '../../src/plugins/manage.ts';
import { updatePlugins } from '../../src/plugins/update.ts';
import { codePlugin, dataPlugin, fileOf, install, makeHome, tarballOf, YES, type Home } from './support.ts';

const { signal } = YES;

const PROJECT = {
  'documents/distribution.json': JSON.stringify({
    schema: { major: 1, minor: 0 },
    distribution: { id: 'example', name: 'Example' },
  }),
  'test/plugin.test.js': '',
  '.gitignore': '',
  LICENSE: 'free',
};

async function folderOf(home: Home, files: Readonly<Record<string, string>>, name = 'mine'): Promise<string> {
  for (const [path, text] of Object.entries(files)) await fileOf(home, text, join(name, path));
  return join(home.folder, 'files', name);
}

const ids = async (home: Home) => Object.keys(await pluginLock(home));
const staged = async (home: Home) => readdir(join(home.folder, 'data/plugins/.staging')).catch(() => []);
const trees = async (home: Home) =>
  (await readdir(join(home.folder, 'data/plugins')).catch(() => [])).filter((name) => name.includes('@'));

describe('installing', () => {
  test('from a tarball records what it is, what it may do and what it was', async () => {
    const home = await makeHome();
    const path = await tarballOf(home, dataPlugin({ publisher: 'Ada' }));
    const { entry, changed } = await install(home, path);
    expect(changed).toBe(true);
    expect(entry).toMatchObject({
      version: '1.0.0',
      source: { type: 'tarball', path },
      integrity: expect.stringMatching(/^sha512-.{86}==$/) as unknown,
      content: expect.stringMatching(/^sha256-tree:[0-9a-f]{64}$/) as unknown,
      trust: 'data',
      granted: { hosts: ['a.example'], programs: [], paths: [] },
      kinds: ['distro@1'],
      publisher: 'Ada',
      installed: '2031-03-01T12:00:00.000Z',
    });
    expect(await pluginLock(home)).toEqual({ 'distro-example': entry });
    const { places, refused } = await installedPlugins(home.context, []);
    expect(refused).toEqual([]);
    expect(places).toMatchObject([{ trust: 'data', granted: { hosts: ['a.example'] } }]);
    expect(await readdir(places[0]?.directory ?? '')).toEqual(['loopstick.plugin.json']);
    expect(await staged(home)).toEqual([]);
  });

  test('from a folder leaves out what its author works with, and from one document takes just that', async () => {
    const home = await makeHome();
    const folder = await folderOf(home, { ...dataPlugin(), 'node_modules/evil/index.js': '', '.git/config': '' });
    const { entry } = await install(home, folder);
    expect(entry.integrity).toBeUndefined();
    const { places } = await installedPlugins(home.context, []);
    expect(await readdir(places[0]?.directory ?? '')).toEqual(['loopstick.plugin.json']);
    const other = dataPlugin({ id: 'distro-other' })['loopstick.plugin.json'] ?? '';
    await install(home, await fileOf(home, other, 'other.json'));
    expect(await ids(home)).toEqual(['distro-example', 'distro-other']);
  });

  test('from a project takes what its package would have: no tests, and nothing that is refused in packages', async () => {
    const home = await makeHome();
    const contributes = { distribution: './documents/distribution.json' };
    const loopstick = { schema: 1, id: 'distro-example', kinds: ['distro@1'], engine: '*', contributes };
    const packageJson = (files: string[]) => JSON.stringify({ name: 'x', version: '1.0.0', files, loopstick });
    const folder = await folderOf(home, { ...PROJECT, 'package.json': packageJson(['documents']) });
    await symlink('/etc', join(folder, 'notes'));
    await install(home, folder);
    const { places } = await installedPlugins(home.context, []);
    const taken = await readdir(places[0]?.directory ?? '', { recursive: true });
    expect(taken.sort()).toEqual(['LICENSE', 'documents', 'documents/distribution.json', 'package.json']);
    await writeFile(join(folder, 'package.json'), packageJson(['documents', 'missing']));
    await expect(install(home, folder)).rejects.toMatchObject({ code: 'PLUGIN_FILES_INVALID' });
  });

  test('refuses a folder with a link', async () => {
    const home = await makeHome();
    const folder = await folderOf(home, dataPlugin());
    await symlink('/etc/passwd', join(folder, 'keys.asc'));
    await expect(install(home, folder)).rejects.toMatchObject({ code: 'PLUGIN_LINK' });
  });

  test('of what is there already asks nobody and changes nothing', async () => {
    const home = await makeHome();
    const path = await tarballOf(home, dataPlugin());
    await install(home, path);
    const before = await trees(home);
    const never = async () => Promise.reject(new Error('was asked'));
    expect(await install(home, path, { approve: never })).toMatchObject({ changed: false });
    expect(await trees(home)).toEqual(before);
  });

  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['no manifest', 'PLUGIN_MANIFEST_INVALID', { 'package.json': '{}' }],
    ['one for another engine', 'PLUGIN_ENGINE_MISMATCH', dataPlugin({ engine: '>=99' })],
    ['one for another contract', 'PLUGIN_CONTRACT_MISMATCH', dataPlugin({ kinds: ['distro@9'] })],
    ['an id of a bundled plugin', 'PLUGIN_NAME_RESERVED', dataPlugin({ id: 'distro-ubuntu' })],
    ['code in what is said to be data', 'PLUGIN_CODE_IN_DATA', { ...dataPlugin(), 'lib/run.mjs': '' }],
    ['further packages', 'PLUGIN_NOT_SELF_CONTAINED', codePlugin({}, { dependencies: { left: '1' } })],
    ['optional packages', 'PLUGIN_NOT_SELF_CONTAINED', codePlugin({}, { optionalDependencies: { left: '1' } })],
    ['other peers', 'PLUGIN_NOT_SELF_CONTAINED', codePlugin({}, { peerDependencies: { react: '*' } })],
    ['a file that is missing', 'PLUGIN_FILE_MISSING', codePlugin({ entry: './dist/index.js' })],
    ['a document that is not valid', 'DISTRIBUTION_INVALID', dataPlugin({ permissions: {}, contributes: foreign() })],
  ])('refuses a plugin with %s', async (_, code, files) => {
    const home = await makeHome();
    await expect(install(home, await tarballOf(home, files), { trust: true })).rejects.toMatchObject({ code });
    expect(await ids(home)).toEqual([]);
    expect([...(await staged(home)), ...(await trees(home))]).toEqual([]);
  });

  test.each([
    ['a manifest that is not valid', dataPlugin({ kinds: [] })],
    ['two manifests', { ...dataPlugin(), ...codePlugin() }],
    ['a document that is not valid', dataPlugin({ permissions: {}, contributes: foreign() })],
  ])('says of %s where it is, and not where it was unpacked', async (_, files) => {
    const home = await makeHome();
    const error: unknown = await install(home, await tarballOf(home, files), { trust: true }).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as Error).message).not.toContain('.staging');
  });

  test('lets a plugin name core as its peer', async () => {
    const home = await makeHome();
    const files = codePlugin(
      {},
      { peerDependencies: { '@loopstick/core': '^0.1.0' }, devDependencies: { vitest: '4' } },
    );
    expect(await install(home, await tarballOf(home, files), { trust: true })).toMatchObject({ changed: true });
  });

  test('runs nothing of it, no script and no code', async () => {
    const home = await makeHome();
    const trace = join(home.folder, 'was-run');
    const scripts = Object.fromEntries(
      ['preinstall', 'install', 'postinstall', 'prepare'].map((name) => [name, `touch ${trace}`]),
    );
    await install(home, await folderOf(home, codePlugin({}, { scripts })), { trust: true });
    expect(await readdir(home.folder)).not.toContain('was-run');
  });

  test('warns of a name that is almost that of a known plugin', async () => {
    const home = await makeHome();
    await install(home, await tarballOf(home, dataPlugin({ id: 'distro-ubunut' })));
    expect(home.warnings).toMatchObject([{ code: 'PLUGIN_SIMILAR_NAME' }]);
  });
});

describe('consent', () => {
  test('is asked for, with all that there is to know; without it nothing is changed', async () => {
    const home = await makeHome();
    const asked: unknown[] = [];
    const approve: typeof YES.approve = async (proposal) => {
      asked.push(proposal);
      return false;
    };
    const path = await tarballOf(home, dataPlugin());
    await expect(install(home, path, { approve })).rejects.toMatchObject({ code: 'PLUGIN_DECLINED' });
    expect(asked).toMatchObject([
      { id: 'distro-example', trust: 'data', code: false, added: { hosts: ['a.example'] } },
    ]);
    expect(await ids(home)).toEqual([]);
  });

  test('to unsigned code is more than a yes', async () => {
    const home = await makeHome();
    const path = await tarballOf(home, codePlugin());
    await expect(install(home, path)).rejects.toMatchObject({ code: 'PLUGIN_UNTRUSTED' });
    expect(await ids(home)).toEqual([]);
    expect((await install(home, path, { trust: true })).entry.trust).toBe('unsigned');
  });

  test('is asked for again only by a version that wants more, or that brings code', async () => {
    const home = await makeHome();
    const path = await tarballOf(home, dataPlugin());
    await install(home, path);
    const asked: string[] = [];
    const options = {
      ...YES,
      trust: true,
      approve: async ({ version }: { version: string }) => asked.push(version) > 0,
    };
    const update = async (files: Readonly<Record<string, string>>) => {
      await tarballOf(home, files);
      return (await updatePlugins(home, [], options))[0]?.state;
    };
    expect(await update(dataPlugin({ version: '1.1.0' }))).toBe('updated');
    expect(asked).toEqual([]);
    expect(await update(dataPlugin({ version: '1.2.0', permissions: { hosts: ['a.example', 'b.example'] } }))).toBe(
      'updated',
    );
    expect(asked).toEqual(['1.2.0']);
    const block = { id: 'distro-example', kinds: ['distro@1'] };
    expect(await update(codePlugin(block, { version: '1.3.0' }))).toBe('updated');
    expect(asked).toEqual(['1.2.0', '1.3.0']);
  });

  test('to go back has to be said', async () => {
    const home = await makeHome();
    await install(home, await tarballOf(home, dataPlugin({ version: '2.0.0' })));
    const path = await tarballOf(home, dataPlugin());
    await expect(install(home, path)).rejects.toMatchObject({ code: 'PLUGIN_DOWNGRADE' });
    expect(await updatePlugins(home, [], YES)).toMatchObject([{ state: 'current', to: '2.0.0' }]);
    expect((await install(home, path, { allowDowngrade: true })).entry.version).toBe('1.0.0');
  });
});

describe('what is installed', () => {
  test('is refused when somebody has changed, added, replaced or linked a file', async () => {
    const changes: ((directory: string) => Promise<void>)[] = [
      (at) => writeFile(join(at, 'index.js'), 'evil'),
      (at) => writeFile(join(at, 'more.js'), 'evil'),
      (at) => rm(join(at, 'index.js')),
      async (at) => {
        await rm(join(at, 'index.js'));
        await symlink('/etc/passwd', join(at, 'index.js'));
      },
      async (at) => {
        await fileOf({ folder: at } as Home, 'evil', 'x');
      },
    ];
    for (const change of changes) {
      const home = await makeHome();
      const { entry } = await install(home, await tarballOf(home, codePlugin()), { trust: true });
      await change(join(home.folder, 'data/plugins', entry.folder ?? ''));
      expect(await installedPlugins(home.context, [])).toMatchObject({
        places: [],
        refused: [{ name: 'mirror-own', error: { code: 'PLUGIN_CHANGED' } }],
      });
      expect(await verifyPlugins(home, [], signal)).toMatchObject([
        { state: 'wrong', error: { code: 'PLUGIN_CHANGED' } },
      ]);
    }
  });

  test('counts when only its times have changed, and is then read no more', async () => {
    const home = await makeHome();
    const { entry } = await install(home, await tarballOf(home, dataPlugin()));
    await installedPlugins(home.context, []);
    const directory = join(home.folder, 'data/plugins', entry.folder ?? '');
    await cp(directory, `${directory}-copy`, { recursive: true });
    await rm(directory, { recursive: true });
    await cp(`${directory}-copy`, directory, { recursive: true });
    await rm(`${directory}-copy`, { recursive: true });
    const stamps = join(home.folder, 'data/plugins/.stamps.json');
    const before = await readFile(stamps, 'utf8');
    expect((await installedPlugins(home.context, [])).places).toHaveLength(1);
    const after = await readFile(stamps, 'utf8');
    expect(after).not.toBe(before);
    expect((await installedPlugins(home.context, [])).places).toHaveLength(1);
    expect(await readFile(stamps, 'utf8')).toBe(after);
  });

  test('is in order again after it was installed once more', async () => {
    const home = await makeHome();
    const path = await tarballOf(home, dataPlugin());
    const { entry } = await install(home, path);
    await writeFile(join(home.folder, 'data/plugins', entry.folder ?? '', 'evil'), '');
    expect(await install(home, path)).toMatchObject({ changed: true });
    expect(await verifyPlugins(home, [], signal)).toMatchObject([{ state: 'right' }]);
  });

  test('goes when it is removed, and only then', async () => {
    const home = await makeHome();
    await install(home, await tarballOf(home, dataPlugin()));
    await expect(removePlugin(home, 'distro-other', signal)).rejects.toMatchObject({ code: 'PLUGIN_NOT_INSTALLED' });
    await expect(removePlugin(home, 'distro-ubuntu', signal)).rejects.toMatchObject({ code: 'PLUGIN_BUNDLED' });
    await expect(removePlugin(home, 'constructor', signal)).rejects.toMatchObject({ code: 'PLUGIN_NOT_INSTALLED' });
    await removePlugin(home, 'distro-example', signal);
    expect(await installedPlugins(home.context, [])).toEqual({ recorded: {}, places: [], refused: [] });
    expect(await trees(home)).toEqual([]);
  });

  test('keeps the files of a version that was replaced until the next change', async () => {
    const home = await makeHome();
    const first = await install(home, await tarballOf(home, dataPlugin()));
    const second = await install(home, await tarballOf(home, dataPlugin({ version: '1.1.0' })));
    expect((await trees(home)).sort()).toEqual([first.entry.folder, second.entry.folder].sort());
    const third = await install(home, await tarballOf(home, dataPlugin({ version: '1.2.0' })));
    expect((await trees(home)).sort()).toEqual([second.entry.folder, third.entry.folder].sort());
  });

  test('is missing loudly when its folder is gone', async () => {
    const home = await makeHome();
    const { entry } = await install(home, await tarballOf(home, dataPlugin()));
    await rm(join(home.folder, 'data/plugins', entry.folder ?? ''), { recursive: true });
    expect((await installedPlugins(home.context, [])).refused).toMatchObject([
      { error: { code: 'PLUGIN_FOLDER_MISSING' } },
    ]);
    expect(await verifyPlugins(home, [], signal)).toMatchObject([{ error: { code: 'PLUGIN_FOLDER_MISSING' } }]);
  });

  test('is not forgotten when the record is damaged', async () => {
    const home = await makeHome();
    await install(home, await tarballOf(home, dataPlugin()));
    // Once, so that it is known to be right as it is.
    expect((await installedPlugins(home.context, [])).places).toHaveLength(1);
    for (const text of ['{', '{}', '{"schema":1,"plugins":{"../x":{}}}']) {
      await writeFile(join(home.folder, 'data/plugins/plugins.lock.json'), text);
      await expect(installedPlugins(home.context, [])).rejects.toMatchObject({ code: 'PLUGIN_LOCK_DAMAGED' });
    }
  });
});

describe('linking', () => {
  test('uses a folder as it is, and keeps it when it is removed', async () => {
    const home = await makeHome();
    const folder = await folderOf(home, codePlugin());
    const options = { trust: false, replace: false, signal };
    await expect(linkPlugin(home, folder, options)).rejects.toMatchObject({ code: 'PLUGIN_UNTRUSTED' });
    await linkPlugin(home, folder, { ...options, trust: true });
    await writeFile(join(folder, 'index.js'), 'changed');
    expect(await installedPlugins(home.context, [])).toMatchObject({
      places: [{ directory: folder, trust: 'unsigned', granted: undefined }],
      refused: [],
    });
    expect(await verifyPlugins(home, [], signal)).toMatchObject([{ state: 'linked' }]);
    await removePlugin(home, 'mirror-own', signal);
    expect(await readdir(folder)).toContain('index.js');
  });

  test('takes no id of a bundled plugin', async () => {
    const home = await makeHome();
    const folder = await folderOf(home, dataPlugin({ id: 'distro-ubuntu' }));
    const linking = linkPlugin(home, folder, { trust: true, replace: true, signal });
    await expect(linking).rejects.toMatchObject({ code: 'PLUGIN_NAME_RESERVED' });
  });
});

test('a preview says what would be installed, and installs nothing', async () => {
  const home = await makeHome();
  const proposal = await previewPlugin(home, await tarballOf(home, codePlugin()), { offline: true, signal });
  expect(proposal).toMatchObject({ id: 'mirror-own', trust: 'unsigned', code: true });
  expect([...(await ids(home)), ...(await staged(home))]).toEqual([]);
});

/** A distribution on a host that the manifest does not declare. */
function foreign(): object {
  const lists = [{ name: 'x', discover: { format: 'static', urls: ['https://evil.example/x'] }, images: [] }];
  return { distribution: { schema: { major: 1, minor: 0 }, distribution: { id: 'e', name: 'E' }, lists } };
}
