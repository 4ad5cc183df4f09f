import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { manifestText, temporaryFolder, writeFiles } from '../../engine/support.ts';
import { HOUR, imagesJson, listed, readJson, URL_A, world } from './support.ts';

describe('what runs out', () => {
  test('stays in use, does not count as fresh, and is read as a whole', async () => {
    const { sync, add, web, images, later, engine, warnings } = await world();
    web.set(URL_A, imagesJson(1));
    let whole = 0;
    const expires = new Date(engine.context.now().getTime() + HOUR);
    add({
      name: 'registry:one',
      layer: 'registry',
      read: async (request) => {
        const json = await readJson(request, URL_A);
        whole++;
        request.advise({ expires });
        request.vouch('the key');
        return json;
      },
    });
    expect(await sync()).toMatchObject({ sources: [{ fresh: true, expires: expires.toISOString() }] });
    expect(await sync()).toMatchObject({ sources: [{ state: 'unchanged', fresh: true }] });
    later(2 * HOUR);
    expect(await sync()).toMatchObject({ sources: [{ state: 'unchanged', fresh: false }] });
    expect(whole).toBe(2);
    expect(warnings).toEqual([]);
    expect((await images()).map(({ provenance }) => provenance['file'])).toMatchObject([
      { source: 'registry:one', key: 'the key', retrieved: '2026-03-01T14:00:00.000Z' },
    ]);
    expect(warnings).toMatchObject([{ code: 'CATALOG_OUT_OF_DATE' }]);
  });
});

describe('whose word counts', () => {
  test('a stored document counts as long as its source rests upon the same root of trust', async () => {
    const resting = async (basis: string, home?: string) => {
      const made = await world(home === undefined ? {} : { home });
      made.web.set(URL_A, imagesJson(2));
      made.add({ ...listed('registry:ours', URL_A), layer: 'registry', basis: async () => Promise.resolve(basis) });
      return made;
    };
    const { home, sync, images } = await resting('one');
    await sync();
    expect(await images()).toHaveLength(2);
    expect(await (await resting('one', home)).images()).toHaveLength(2);
    const other = await resting('other', home);
    expect(await other.images()).toEqual([]);
    expect(other.warnings).toMatchObject([{ code: 'CATALOG_STORE_UNREADABLE' }]);
    expect(await other.sync({ offline: true })).toMatchObject({ sources: [{ fresh: false }] });
    // Neither is it unchanged, nor is there anything to lose.
    other.web.set(URL_A, imagesJson(1));
    expect(await other.sync()).toMatchObject({ sources: [{ state: 'updated', images: 1, changes: { removed: 0 } }] });
    expect(await other.images()).toHaveLength(1);
  });

  /** A plugin with one source on the web, and the hosts that it names. */
  async function pluginFolder(hosts: readonly string[], read: string): Promise<string> {
    const folder = await temporaryFolder();
    await writeFiles(folder, {
      'package.json': manifestText('up', { kinds: ['catalog-source@1'], permissions: { hosts } }),
      'index.js': `export default { id: 'up', register(registrar) {
        registrar.catalogSource({ name: 'upstream:up', layer: 'upstream', read: async (request) => { ${read} } });
      } };`,
    });
    return folder;
  }
  const READ = `return JSON.parse(Buffer.from((await request.fetchFirst('${URL_A}')).body).toString());`;

  test('a stored document counts while its plugin is there and enabled', async () => {
    const plugins = [await pluginFolder(['a.example'], READ)];
    const first = await world({ plugins });
    first.web.set(URL_A, imagesJson(1));
    await first.sync();
    expect(await first.images()).toHaveLength(1);
    const { home } = first;
    expect(await (await world({ home, plugins })).images()).toHaveLength(1);
    expect(await (await world({ home })).images()).toEqual([]);
    const disabled = { plugins: { disabled: ['up'] } };
    expect(await (await world({ home, plugins, settings: disabled })).images()).toEqual([]);
  });

  test('a stored document is forgotten when its plugin has that source no more', async () => {
    const plugins = [await pluginFolder(['a.example'], READ)];
    const { home, web, sync } = await world({ plugins });
    web.set(URL_A, imagesJson(1));
    await sync();
    const index = join(plugins[0] ?? '', 'index.js');
    const other = join(await temporaryFolder(), 'index.js');
    await writeFiles(join(other, '..'), {
      'package.json': await readFile(join(index, '../package.json'), 'utf8'),
      'index.js': (await readFile(index, 'utf8')).replaceAll('upstream:up', 'upstream:other'),
    });
    const later = await world({ home, plugins: [join(other, '..')], web });
    await later.sync();
    expect((await later.images()).map(({ provenance }) => provenance['file']?.source)).toEqual(['upstream:other']);
    expect(await readdir(join(home, 'data/catalog'))).toHaveLength(1);
  });

  test('a plugin reaches no host that it does not name, and nothing that is no web address', async () => {
    for (const [hosts, url, code] of [
      [['b.example'], URL_A, 'DOCUMENT_FOREIGN_HOST'],
      [['a.example'], 'https://a.example.evil.example/', 'DOCUMENT_FOREIGN_HOST'],
      [['*.a.example'], 'https://evila.example/', 'DOCUMENT_FOREIGN_HOST'],
      [['*'], 'file:///etc/passwd', 'DOCUMENT_UNREACHABLE'],
    ] as const) {
      const { sync, asked } = await world({ plugins: [await pluginFolder(hosts, `await request.fetch('${url}');`)] });
      expect(await sync()).toMatchObject({ sources: [{ error: { code, pluginId: 'up' } }] });
      expect(asked).toEqual([]);
    }
  });

  test('a plugin cannot say by itself that nothing is new', async () => {
    const lie = `throw Object.assign(new Error(), { code: 'CATALOG_UNCHANGED', [Symbol.for('loopstick.error')]: true,
      category: 'internal', message: '', hint: '' });`;
    const { sync } = await world({ plugins: [await pluginFolder(['a.example'], lie)] });
    expect(await sync()).toMatchObject({ sources: [{ state: 'failed' }] });
  });

  test('what one of another layer says of a registry is not believed', async () => {
    const read = `return JSON.parse(Buffer.from((await request.fetch('${URL_A}')).body).toString());`;
    const plugin = await pluginFolder(['a.example'], read);
    const index = join(plugin, 'index.js');
    await writeFile(index, (await readFile(index, 'utf8')).replace("layer: 'upstream'", "layer: 'registry'"));
    const { sync, web, images } = await world({ plugins: [plugin] });
    web.set(URL_A, imagesJson(1, { evidence: { level: 'registry' } }));
    await sync();
    expect((await images())[0]?.evidence.level).toBe('tls');
  });
});
