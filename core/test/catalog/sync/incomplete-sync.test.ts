import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { CatalogReadRequest } from '../../../src/engine/hooks.ts';
import { HOUR, imagesJson, listed, readJson, URL_A, world } from './support.ts';

describe('a sync that cannot have all of it', () => {
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
    const said = { provenance: { '*': 'list' } };
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
        return JSON.parse(imagesJson(count, said)) as unknown;
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
    // Whoever asks is told when each was read, and that nothing was changed.
    later(24 * HOUR);
    web.set(URL_A, `${imagesJson(1)} `);
    expect(await sync()).toMatchObject({ sources: [{ state: 'unchanged', carried: 2 }] });
    const read = (await images()).map(({ provenance: { file } }) => file?.retrieved ?? file?.origin?.retrieved);
    expect(read).toEqual([
      ...Array<string>(2).fill('2026-03-02T12:00:00.000Z'),
      ...Array<string>(2).fill('2026-03-01'),
    ]);
    later(6 * 24 * HOUR);
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
});
