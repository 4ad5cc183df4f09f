import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createEngine, parseSettings } from '@loopstick/core';
import { readKeys } from 'openpgp';
import { describe, expect, test } from 'vitest';

const PLUGINS = fileURLToPath(new URL('../../../plugins/', import.meta.url));

interface Manifest {
  readonly files: readonly string[];
  readonly loopstick: { readonly contributes?: { readonly distribution?: string } };
}

interface Document {
  readonly keys?: readonly { readonly fingerprint: string; readonly file: string }[];
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const described = readdirSync(PLUGINS).filter((name) => {
  const { loopstick } = readJson(join(PLUGINS, name, 'package.json')) as Manifest;
  return loopstick.contributes?.distribution !== undefined;
});

describe.each(described)('%s', (name) => {
  const folder = join(PLUGINS, name);

  test('has a document that is valid, and all that it names in its package', async () => {
    const engine = await createEngine({
      plugins: [folder],
      settings: parseSettings({}, 'none'),
      context: { env: { LOOPSTICK_HOME: '/nonexistent' } },
    });
    const warnings: string[] = [];
    engine.events.on('warning', ({ message }) => warnings.push(message));
    await engine.catalogSourceNames({ load: true });
    expect(warnings).toEqual([]);
    expect(engine.plugins).toMatchObject([{ state: 'loaded' }]);
    const { files } = readJson(join(folder, 'package.json')) as Manifest;
    const { keys = [] } = readJson(join(folder, 'distribution.json')) as Document;
    expect(files).toContain('distribution.json');
    if (keys.length > 0) expect(files).toContain('keys');
  });

  test('has the keys that it pins, and says where they are from', async () => {
    const { keys = [] } = readJson(join(folder, 'distribution.json')) as Document;
    for (const { fingerprint, file } of keys) {
      const armoredKeys = await readFile(join(folder, file), 'utf8');
      const found = (await readKeys({ armoredKeys })).map((key) => key.getFingerprint().toUpperCase());
      expect(found).toContain(fingerprint);
    }
    if (keys.length > 0) expect(await readFile(join(folder, 'keys/ORIGIN.md'), 'utf8')).not.toBe('');
  });
});

test('they go together', async () => {
  const engine = await createEngine({
    plugins: described.map((name) => join(PLUGINS, name)),
    settings: parseSettings({}, 'none'),
    context: { env: { LOOPSTICK_HOME: '/nonexistent' } },
  });
  await engine.catalogSourceNames({ load: true });
  expect(engine.plugins.filter(({ state }) => state === 'loaded').length).toBe(described.length);
  expect(described.length).toBeGreaterThan(10);
});
