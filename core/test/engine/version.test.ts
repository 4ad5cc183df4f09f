import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { ENGINE_VERSION } from '../../src/engine/version.ts';

test('the engine says the version of its package', async () => {
  const json = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(ENGINE_VERSION).toBe(json.version);
});
