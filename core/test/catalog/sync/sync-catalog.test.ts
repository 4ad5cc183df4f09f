import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { hang } from '../../engine/support.ts';
import { HOUR, imagesJson, listed, twoSources, URL_A, URL_B, world } from './support.ts';

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
