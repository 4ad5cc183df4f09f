import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import type { CatalogReadRequest } from '../../../src/engine/hooks.ts';
import { hang, manifestText, never, temporaryFolder, writeFiles } from '../../engine/support.ts';
import { HOUR, imagesJson, listed, readJson, world } from './support.ts';

const URL_A = 'https://a.example/list.json';
const URL_B = 'https://b.example/list.json';

/** A world with the sources a and b, of two images each. */
async function twoSources(settings: object = {}) {
  const made = await world({ settings });
  made.add(listed('upstream:a', URL_A));
  made.add(listed('upstream:b', URL_B));
  made.web.set(URL_A, imagesJson(2));
  made.web.set(URL_B, imagesJson(2).replaceAll('"distro"', '"other"'));
  return made;
}

describe('a sync', () => {
  test('brings what the sources say into the catalog, and says what is new', async () => {
    const { sync, images, told } = await twoSources();
    expect(await images()).toEqual([]);
    const { sources } = await sync();
    expect(sources).toMatchObject([
      { source: 'upstream:a', state: 'updated', images: 2, fresh: true, changes: { added: 2, removed: 0, changed: 0 } },
      { source: 'upstream:b', state: 'updated', images: 2, fresh: true },
    ]);
    expect(told.map(({ state }) => state).sort()).toEqual(['reading', 'reading', 'updated', 'updated']);
    const all = await images();
    expect(all.map(({ id }) => id)).toEqual([
      'distro/1/v0/x86_64',
      'distro/1/v1/x86_64',
      'other/1/v0/x86_64',
      'other/1/v1/x86_64',
    ]);
    expect(all[0]?.provenance['file']).toMatchObject({ source: 'upstream:a', layer: 'upstream' });
  });

  test('ends with the first document when that is the one of the last time', async () => {
    const { sync, add, web, asked, engine, later } = await world();
    const more = 'https://a.example/more.json';
    web.set(URL_A, 'one').set(more, imagesJson(1));
    add({
      name: 'upstream:a',
      layer: 'upstream',
      read: async (request) => {
        await request.fetchFirst(URL_A);
        return JSON.parse(Buffer.from((await request.fetch(more)).body).toString()) as unknown;
      },
    });
    await sync();
    later(HOUR);
    expect(await sync()).toMatchObject({
      sources: [{ state: 'unchanged', images: 1, confirmed: engine.context.now().toISOString() }],
    });
    expect(asked).toEqual([URL_A, more, URL_A]);
    web.set(URL_A, 'two');
    expect(await sync()).toMatchObject({ sources: [{ state: 'unchanged' }] });
    expect(asked.slice(3)).toEqual([URL_A, more]);
  });

  test('reads on without what it cannot have, and looks for it the next time unless it is not there at all', async () => {
    const more = 'https://a.example/more.json';
    const read = async (request: CatalogReadRequest): Promise<unknown> => {
      await request.fetchFirst(URL_A);
      await request.fetch(more).catch(() => undefined);
      return JSON.parse(imagesJson(1)) as unknown;
    };
    for (const [status, requests] of [
      [503, 4],
      [404, 3],
    ] as const) {
      const { sync, add, web, asked, refuse } = await world();
      web.set(URL_A, 'one');
      refuse(more, status);
      add({ name: 'upstream:a', layer: 'upstream', read });
      await sync();
      await sync();
      expect(asked).toHaveLength(requests);
    }
  });

  test('keeps for a week the images of what it could not have', async () => {
    const more = 'https://a.example/more.json';
    const { sync, add, web, images, refuse, later } = await world();
    web.set(URL_A, imagesJson(1)).set(more, 'more');
    add({
      name: 'upstream:a',
      layer: 'upstream',
      read: async (request) => {
        await request.fetch(URL_A);
        const count = await request.fetch(more).then(
          () => 4,
          () => 2,
        );
        return JSON.parse(imagesJson(count)) as unknown;
      },
    });
    await sync();
    const all = await images();
    web.delete(more);
    refuse(more, 503);
    expect(await sync()).toMatchObject({ sources: [{ state: 'unchanged', images: 4, carried: 2, fresh: false }] });
    expect(await sync({ offline: true })).toMatchObject({ sources: [{ fresh: false }] });
    expect((await images()).map(({ id, evidence }) => [id, evidence])).toEqual(
      all.map(({ id, evidence }) => [id, evidence]),
    );
    later(7 * 24 * HOUR);
    expect(await sync({ acceptLoss: true })).toMatchObject({ sources: [{ images: 2, carried: 0 }] });
    expect(await images()).toHaveLength(2);
  });

  test.each([
    ['after a week', async (home: string) => world({ home, at: '2026-03-08T12:00:00.000Z' })],
    [
      'when the copy was damaged',
      async (home: string) => {
        const folder = join(home, 'data/catalog', (await readdir(join(home, 'data/catalog')))[0] ?? '');
        for (const name of await readdir(folder)) if (name !== 'source.json') await writeFile(join(folder, name), '{}');
        return world({ home });
      },
    ],
    [
      'when the head was damaged',
      async (home: string) => {
        const folder = join(home, 'data/catalog', (await readdir(join(home, 'data/catalog')))[0] ?? '');
        await writeFile(join(folder, 'source.json'), '{');
        return world({ home });
      },
    ],
  ])('reads everything anew %s', async (_, change) => {
    const first = await world();
    first.web.set(URL_A, imagesJson(1));
    first.add(listed('upstream:a', URL_A));
    await first.sync();
    const second = await change(first.home);
    let whole = 0;
    second.web.set(URL_A, imagesJson(1));
    second.add({
      name: 'upstream:a',
      layer: 'upstream',
      read: async (request) => {
        const json = await readJson(request, URL_A);
        whole++;
        return json;
      },
    });
    await second.sync();
    expect(whole).toBe(1);
    expect(await second.images()).toHaveLength(1);
  });

  test('waits for nobody who would write to a pipe in the place of a file', async () => {
    const { sync, images, home, add, web, warnings } = await world();
    web.set(URL_A, imagesJson(1));
    add(listed('upstream:a', URL_A));
    await sync();
    const [folder = ''] = await readdir(join(home, 'data/catalog'));
    for (const file of [join(home, 'data/catalog', folder, 'source.json'), join(home, 'state/catalog-sync.json')]) {
      await rm(file);
      await promisify(execFile)('mkfifo', [file]);
    }
    expect(await images()).toEqual([]);
    expect(warnings).toMatchObject([{ code: 'CATALOG_STORE_UNREADABLE' }]);
    expect(await sync()).toMatchObject({ sources: [{ state: 'updated' }] });
    expect(await images()).toHaveLength(1);
  });

  test('lets a failing source cost nothing but its own news', async () => {
    const { sync, images, web } = await twoSources();
    await sync();
    web.delete(URL_A);
    web.set(URL_B, imagesJson(3).replaceAll('"distro"', '"other"'));
    expect(await sync()).toMatchObject({
      sources: [
        { state: 'failed', fresh: false, images: 2, error: { code: 'DOCUMENT_HTTP_STATUS' } },
        { state: 'updated', images: 3 },
      ],
    });
    expect(await images()).toHaveLength(5);
  });

  test.each([
    ['no catalog document', '{"schema":{"major":1,"minor":0},"distributions":3}', 'CATALOG_MALFORMED'],
    ['of a later major version', '{"schema":{"major":2,"minor":0}}', 'CATALOG_SCHEMA_UNSUPPORTED'],
    ['no JSON', '<html>', 'PLUGIN_TAP_FAILED'],
  ])('keeps what was there when the new one is %s', async (_, text, code) => {
    const { sync, images, web } = await twoSources();
    await sync();
    web.set(URL_A, text);
    expect(await sync({ sources: ['a'] })).toMatchObject({ sources: [{ state: 'failed', error: { code } }] });
    expect(await images()).toHaveLength(4);
  });

  test('gives up a source that hangs, and not the others', async () => {
    const { sync, add, images } = await twoSources({ catalog: { deadlineSeconds: 0.2 } });
    add({ name: 'upstream:hangs', layer: 'upstream', read: hang });
    const { sources } = await sync();
    expect(sources.map(({ state }) => state)).toEqual(['updated', 'updated', 'failed']);
    expect(sources[2]?.error).toMatchObject({ code: 'PLUGIN_TAP_DEADLINE' });
    expect(await images()).toHaveLength(4);
  });

  test('blames a server that does not answer, and not the plugin that waits for it', async () => {
    const { sync, add } = await world({ settings: { catalog: { deadlineSeconds: 0.2 } }, fetchDocument: hang });
    add(listed('upstream:waits', URL_A));
    expect(await sync()).toMatchObject({
      sources: [{ state: 'failed', error: { code: 'CATALOG_SOURCE_SLOW', category: 'network' } }],
    });
  });

  test('believes no source that lost much at once, unless it is told to', async () => {
    const { sync, images, web } = await world().then((made) => {
      made.web.set(URL_A, imagesJson(10));
      made.add(listed('upstream:a', URL_A));
      return made;
    });
    await sync();
    web.set(URL_A, imagesJson(7));
    expect(await sync()).toMatchObject({ sources: [{ state: 'updated', images: 7 }] });
    web.set(URL_A, imagesJson(4));
    expect(await sync()).toMatchObject({
      sources: [{ state: 'failed', images: 7, error: { code: 'CATALOG_SHRUNK' } }],
    });
    expect(await images()).toHaveLength(7);
    expect(await sync({ acceptLoss: true })).toMatchObject({ sources: [{ state: 'updated', images: 4 }] });
    expect(await images()).toHaveLength(4);
  });

  test('asks only the sources that are named', async () => {
    const { sync, asked } = await twoSources();
    expect((await sync({ sources: ['upstream:b'] })).sources.map(({ source }) => source)).toEqual(['upstream:b']);
    expect(asked).toEqual([URL_B]);
    await expect(sync({ sources: ['c'] })).rejects.toMatchObject({ code: 'CATALOG_UNKNOWN_SOURCE' });
  });

  test('asks nobody when it is offline, and says how old everything is', async () => {
    const { sync, asked, later } = await twoSources();
    await sync({ sources: ['a'] });
    const before = asked.length;
    later(2 * HOUR);
    expect(await sync({ offline: true })).toMatchObject({
      sources: [
        { state: 'kept', confirmed: '2026-03-01T12:00:00.000Z', images: 2, fresh: true },
        { state: 'kept', fresh: false },
      ],
    });
    later(30 * HOUR);
    expect(await sync({ offline: true, sources: ['a'] })).toMatchObject({ sources: [{ fresh: false }] });
    expect(asked).toHaveLength(before);
  });

  test('calls nothing fresh that was read in the future, and reads all of it anew', async () => {
    const { sync, asked, later } = await twoSources();
    await sync({ sources: ['a'] });
    later(-HOUR);
    expect(await sync({ offline: true, sources: ['a'] })).toMatchObject({ sources: [{ fresh: false }] });
    await sync({ sources: ['a'] });
    expect(asked).toHaveLength(2);
    expect(await sync({ offline: true, sources: ['a'] })).toMatchObject({ sources: [{ fresh: true }] });
  });

  test('tells what listens to it, which may refuse', async () => {
    const { sync, engine, asked } = await twoSources();
    const heard: unknown[] = [];
    engine.own.lifecycle('afterSync', 'hears', async ({ subject }) => {
      heard.push(subject);
      return Promise.resolve();
    });
    await sync({ sources: ['a'] });
    expect(heard).toEqual([{ sources: [{ source: 'upstream:a', state: 'updated', fresh: true }] }]);
    engine.own.lifecycle('beforeSync', 'refuses', async ({ refuse }) => {
      refuse('not now');
      return Promise.resolve();
    });
    await expect(sync()).rejects.toMatchObject({ code: 'PLUGIN_REFUSED' });
    expect(asked).toHaveLength(1);
  });

  test('ends with its signal, and keeps what was there by then', async () => {
    const { sync, add, images } = await twoSources();
    const aborter = new AbortController();
    const reason = new Error('enough');
    await sync();
    add({
      name: 'upstream:c',
      layer: 'upstream',
      read: async () => {
        aborter.abort(reason);
        return hang();
      },
    });
    await expect(sync({ signal: aborter.signal })).rejects.toBe(reason);
    expect(await images()).toHaveLength(4);
  });

  test('waits for another one, and not for ever', async () => {
    const { sync, add, home } = await twoSources();
    const { sync: other } = await world({ home });
    let busy: unknown;
    add({
      name: 'upstream:c',
      layer: 'upstream',
      read: async () => {
        busy = await other({ waitMs: 0 }).catch((error: unknown) => error);
        return JSON.parse(imagesJson(1)) as unknown;
      },
    });
    await sync();
    expect(busy).toMatchObject({ code: 'CATALOG_SYNC_BUSY' });
    await other({ waitMs: 0 });
  });
});

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

test('a source that asks for everything at once gets it bit by bit', async () => {
  const { engine } = await world();
  let open = 0;
  let most = 0;
  const { SourceReader } = await import('../../../src/catalog/sync/source-reader.ts');
  const fetchDocument = async (request: { url: string }) => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setImmediate(resolve));
    open--;
    return { body: new Uint8Array(), url: request.url, secure: true, retrievedAt: new Date(), confirmed: false };
  };
  const reader = new SourceReader({
    engine: { plugins: [], context: { ...engine.context, fetchDocument } },
    source: 'one',
    pluginId: 'loopstick',
    stored: undefined,
    whole: true,
  });
  const request: CatalogReadRequest = reader.request(never());
  await Promise.all(Array.from({ length: 50 }, (_, index) => request.fetch(`https://a.example/${index}`)));
  expect(most).toBeLessThanOrEqual(8);
});
