import { join } from 'node:path';

import { expect, test } from 'vitest';

import { PluginHost } from '../../src/plugin/plugin-host.ts';
import type { PluginPlace } from '../../src/plugin/plugin-place.ts';
import { TapLedger } from '../../src/engine/tap.ts';
import { manifestText, temporaryFolder, testDoor, writeFiles } from '../engine/support.ts';

/** One plugin discovered at a place that says this of it. */
async function discovered(place: Omit<PluginPlace, 'directory'>, block: object = {}) {
  const door = testDoor();
  const host = new PluginHost(door, new TapLedger());
  const directory = join(await temporaryFolder(), 'one');
  await writeFiles(directory, { 'package.json': manifestText('one', block) });
  await host.discover([{ directory, ...place }], new Set());
  return { found: host.plugins, losses: door.losses };
}

test('a plugin is as far trusted as its place says', async () => {
  for (const trust of ['bundled', 'registry', 'unsigned'] as const) {
    expect((await discovered({ trust })).found).toMatchObject([{ trust }]);
  }
});

test('one without code is data, whoever vouches for it', async () => {
  expect((await discovered({ trust: 'unsigned' }, { entry: undefined })).found).toMatchObject([{ trust: 'data' }]);
  expect((await discovered({ trust: 'registry' }, { entry: undefined })).found).toMatchObject([{ trust: 'registry' }]);
});

test('one that was taken for data and has code is not taken', async () => {
  const { found, losses } = await discovered({ trust: 'data' });
  expect(found).toEqual([]);
  expect(losses).toMatchObject([{ error: { code: 'PLUGIN_CODE_UNEXPECTED' } }]);
});

test('it has what was granted of what it declares', async () => {
  const permissions = { hosts: ['a.example', 'b.example'], programs: ['tar'], paths: ['/srv'] };
  const granted = { hosts: ['b.example', 'c.example'], programs: [], paths: ['/srv', '/etc'] };
  const { found } = await discovered({ trust: 'registry', granted }, { permissions });
  expect(found[0]?.manifest.permissions).toEqual({ hosts: ['b.example'], programs: [], paths: ['/srv'] });
  const all = await discovered({ trust: 'registry' }, { permissions });
  expect(all.found[0]?.manifest.permissions).toEqual(permissions);
});
