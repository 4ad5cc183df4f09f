import { readdir, readFile } from 'node:fs/promises';

import { expect, it } from 'vitest';

import { bundledIds } from '../src/session.ts';

const PLUGINS = new URL('../../plugins/', import.meta.url);

it('are those that the manifests of the bundled plugins have: nobody else is to take one', async () => {
  const declared = [];
  for (const folder of await readdir(PLUGINS)) {
    const json = await readFile(new URL(`${folder}/package.json`, PLUGINS), 'utf8');
    declared.push((JSON.parse(json) as { loopstick: { id: string } }).loopstick.id);
  }
  expect(declared.length).toBeGreaterThan(20);
  expect(bundledIds().sort()).toEqual(declared.sort());
});
