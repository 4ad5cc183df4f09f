import { readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder, writeFiles } from '../../engine/support.ts';
import { imagesJson, listed, world } from '../sync/support.ts';

const URL_A = 'https://a.example/list.json';

test('a store that leads to another folder, by mistake, removes there nothing that it has not made', async () => {
  const { sync, add, web, home, later } = await world();
  add(listed('upstream:a', URL_A));
  web.set(URL_A, imagesJson(1));
  await sync();
  const store = join(home, 'data/catalog');
  const [name = ''] = await readdir(store);
  const elsewhere = await temporaryFolder();
  const others = { 'notes.txt': '', '.secret': '', 'my.json': '', 'source.json.bak': '' };
  const left = { [`${'0'.repeat(32)}.json`]: '', 'source.json.0123456789ab.tmp': '' };
  await writeFiles(elsewhere, { ...others, ...left });
  await rm(join(store, name), { recursive: true });
  await symlink(elsewhere, join(store, name));

  later(1000);
  expect(await sync()).toMatchObject({ sources: [{ state: 'updated', images: 1 }] });
  const there = await readdir(elsewhere);
  expect(there).toEqual(expect.arrayContaining(Object.keys(others)));
  for (const gone of Object.keys(left)) expect(there).not.toContain(gone);
});
