import { beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../engine/support.ts';
import { makeVendor, signDetached, type Vendor } from '../../verify/signature/support.ts';
import { SHA_A, SHA_B } from '../support.ts';
import { world, writeDescription, type World } from './support.ts';

const ONE = 'https://a.example/1/SUMS';
const TWO = 'https://a.example/2/SUMS';
const TEXTS = new Map([
  [ONE, `${SHA_A}  x-1-amd64.iso\n`],
  [TWO, `${SHA_B}  x-2-amd64.iso\n`],
]);

let former: Vendor;
let current: Vendor;
beforeAll(async () => {
  [former, current] = await Promise.all([makeVendor(), makeVendor()]);
});

/** A plugin whose document pins this key for two lists. */
async function pluginOf(vendor: Vendor, directory?: string): Promise<string> {
  const folder = directory ?? (await temporaryFolder());
  const lists = [...TEXTS.keys()].map((url, at) => ({
    name: `list ${at}`,
    checksums: { url, signature: { form: 'detached', url: `${url}.sig` } },
    images: [{ file: 'x-{version}-{arch}.iso', variant: 'base', kind: 'live' }],
  }));
  const { fingerprint, material } = vendor.trusted;
  await writeDescription(folder, { keys: [{ fingerprint, file: './key.gpg' }], lists }, { 'key.gpg': material });
  return folder;
}

async function sign(web: World['web'], url: string, vendor: Vendor): Promise<void> {
  const text = TEXTS.get(url) ?? '';
  web.set(url, text).set(`${url}.sig`, await signDetached(vendor, Buffer.from(text)));
}

/** What was synced with the former key, by a plugin that names the current one since then. */
async function afterTheChange(): Promise<World> {
  const plugin = await pluginOf(former);
  const before = await world({ plugins: [plugin] });
  for (const url of TEXTS.keys()) await sign(before.web, url, former);
  await before.sync();
  expect(await evidence(before)).toEqual([
    ['signed', former.trusted.fingerprint],
    ['signed', former.trusted.fingerprint],
  ]);
  expect(before.warnings).toEqual([]);
  await pluginOf(current, plugin);
  return world({ plugins: [plugin], home: before.home, web: before.web });
}

async function evidence({ images }: World): Promise<unknown[]> {
  const all = (await images()).sort((a, b) => (a.id < b.id ? -1 : 1));
  return all.map(({ evidence: { level, key } }) => [level, key]);
}

describe('what was signed by a key that its plugin names no more', () => {
  test('is signed no more, with a warning', async () => {
    const made = await afterTheChange();
    expect(await evidence(made)).toEqual([
      ['tls', undefined],
      ['tls', undefined],
    ]);
    expect(made.warnings).toMatchObject([{ code: 'CATALOG_KEY_GONE' }]);
  });

  test('is not unchanged, and stays unsigned when it cannot be read anew', async () => {
    const made = await afterTheChange();
    expect(await made.sync()).toMatchObject({ sources: [{ state: 'failed', fresh: false, images: 2 }] });
    expect(await evidence(made)).toEqual([
      ['tls', undefined],
      ['tls', undefined],
    ]);
  });

  test('is taken over unsigned beside what the current key signs', async () => {
    const made = await afterTheChange();
    await sign(made.web, ONE, current);
    expect(await made.sync()).toMatchObject({ sources: [{ state: 'updated', carried: 1, fresh: false }] });
    made.warnings.length = 0;
    expect(await evidence(made)).toEqual([
      ['signed', current.trusted.fingerprint],
      ['tls', undefined],
    ]);
    expect(made.warnings).toEqual([]);
    await sign(made.web, TWO, current);
    await made.sync();
    expect((await evidence(made))[1]).toEqual(['signed', current.trusted.fingerprint]);
  });
});
