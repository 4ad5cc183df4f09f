/** The published JSON Schema against a validator that is not ours, and against what the engine itself takes. */
import { readdir, readFile } from 'node:fs/promises';

import { catalogJsonSchema, isLoopstickError, parseCatalogDocument } from '@loopstick/core';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);

async function json(path: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(path, ROOT), 'utf8'));
}

async function validator(): Promise<ValidateFunction> {
  // The pattern beside the format says the same.
  const ajv = new Ajv2020({ strict: true, allErrors: true, formats: { date: true } });
  return ajv.compile((await json('docs/schema/catalog-1.json')) as object);
}

const PLUGINS = (await readdir(new URL('plugins/', ROOT), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const EMBEDDED: [string, unknown][] = [];
for (const name of PLUGINS) {
  const document = await json(`plugins/${name}/catalog.json`).catch(() => undefined);
  if (document !== undefined) EMBEDDED.push([name, document]);
}

test('is what the engine’s own schema says; else: npm run schema', async () => {
  expect(await json('docs/schema/catalog-1.json')).toEqual(JSON.parse(JSON.stringify(catalogJsonSchema())));
});

describe('the JSON Schema', () => {
  test('takes each catalog that comes with a plugin', async () => {
    const isValid = await validator();
    expect(EMBEDDED.length).toBeGreaterThanOrEqual(2);
    for (const [name, document] of EMBEDDED)
      expect([name, isValid(document), isValid.errors]).toEqual([name, true, null]);
  });

  const image = {
    variant: 'desktop',
    arch: 'amd64',
    kind: 'live',
    file: 'one.iso',
    size: 1000,
    checksums: { sha256: 'a'.repeat(64) },
    evidence: { level: 'signed', key: 'A'.repeat(40) },
    signature: { form: 'detached', url: 'https://vendor.example/one.sig', keys: ['A'.repeat(40)] },
    mirrors: ['https://mirror.example/one.iso'],
  };
  const documentOf = (changes: object): unknown => ({
    schema: { major: 1, minor: 1 },
    distributions: [{ id: 'distro', releases: [{ version: '1', images: [{ ...image, ...changes }] }] }],
  });

  test.each([
    [{}, true],
    [{ 'x-new': { anything: 1 } }, true],
    [{ hide: true, file: undefined }, true],
    [{ size: 0 }, false],
    [{ size: 1.5 }, false],
    [{ size: '1000' }, false],
    [{ file: '../up' }, false],
    [{ kind: 'toy' }, false],
    [{ variant: 'A' }, false],
    [{ variant: undefined }, false],
    [{ checksums: { sha256: 'A'.repeat(64) } }, false],
    [{ mirrors: [] }, false],
    [{ mirrors: ['ftp://mirror.example/'] }, false],
    [{ mirrors: ['https://user@mirror.example/'] }, false],
    [{ signature: { ...image.signature, keys: ['ABCD'] } }, false],
    [{ signature: { ...image.signature, form: 'clear' } }, false],
  ])('takes an image with %j: %s, as the engine does', async (changes, good) => {
    const document: unknown = JSON.parse(JSON.stringify(documentOf(changes)));
    const isValid = await validator();
    expect(isValid(document)).toBe(good);
    const refused = (() => {
      try {
        parseCatalogDocument(document, 'test');
        return false;
      } catch (error) {
        return isLoopstickError(error, 'CATALOG_MALFORMED');
      }
    })();
    expect(refused).toBe(!good);
  });
});
