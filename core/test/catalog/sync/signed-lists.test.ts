import { describe, expect, test } from 'vitest';

import type { SignedList } from '../../../src/engine/hooks.ts';
import { makeVendor, signDetached, signInClear, type Vendor } from '../../verify/signature/support.ts';
import { documentOf, image, SHA_A, SHA_B } from '../support.ts';
import { world } from './support.ts';

const LIST = 'https://a.example/1/SHA256SUMS';
const SIGNATURE = `${LIST}.gpg`;
const TEXT = `${SHA_A} *one.iso\n${SHA_B}  below/two.iso\n`;

interface Claim {
  readonly key?: string;
  readonly file?: string;
  readonly sha256?: string;
  readonly level?: string;
}

/** A world with a source that reads one signed list and then claims this of its only image. */
async function claiming(vendor: Vendor, { key, file = 'one.iso', sha256 = SHA_A, level = 'signed' }: Claim = {}) {
  const made = await world();
  const list: SignedList = { url: LIST, signature: { form: 'detached', url: SIGNATURE }, keys: [vendor.trusted] };
  const evidence = { level, ...(level === 'signed' ? { key: key ?? vendor.trusted.fingerprint } : {}) };
  made.add({
    name: 'upstream:a',
    layer: 'upstream',
    read: async (request) => {
      await request.fetchSigned(list);
      return documentOf({ '1': [image({ file, checksums: { sha256 }, evidence })] });
    },
  });
  made.web.set(LIST, TEXT).set(SIGNATURE, await signDetached(vendor, Buffer.from(TEXT)));
  return made;
}

describe('evidence', () => {
  test('is signed for what stands in a list that was checked', async () => {
    const vendor = await makeVendor();
    const { sync, images, warnings } = await claiming(vendor);
    await sync();
    const [found] = await images();
    expect(found?.evidence).toMatchObject({ level: 'signed', key: vendor.trusted.fingerprint });
    expect(warnings).toEqual([]);
    const below = await claiming(vendor, { file: 'two.iso', sha256: SHA_B });
    await below.sync();
    expect((await below.images())[0]?.evidence.level).toBe('signed');
  });

  test.each([
    ['a checksum of another file', { file: 'two.iso' }],
    ['a checksum that is in no list', { sha256: 'c'.repeat(64) }],
    ['a key that has not signed', { key: 'A'.repeat(40) }],
  ] as const)('is not signed for %s', async (_, claim) => {
    const { sync, images, warnings } = await claiming(await makeVendor(), claim);
    await sync();
    // Nothing but signed lists was fetched, so nothing else vouches for it either.
    expect((await images())[0]?.evidence).toEqual({ level: 'none' });
    expect(warnings).toMatchObject([{ code: 'CATALOG_CLAIM_CUT' }]);
  });

  test.each([
    ['https://a.example/list', 'tls'],
    ['http://a.example/list', 'none'],
  ])('of what came from %s is %s', async (url, level) => {
    const { add, sync, images, web } = await world();
    web.set(url, 'x');
    add({
      name: 'upstream:a',
      layer: 'upstream',
      read: async (request) => {
        await request.fetch(url);
        return documentOf({ '1': [image({ evidence: { level: 'tls' } })] });
      },
    });
    await sync();
    expect((await images())[0]?.evidence.level).toBe(level);
  });
});

describe('a signed list', () => {
  test('is fetched once more with its signature when they do not fit', async () => {
    const vendor = await makeVendor();
    const { sync, web, asked } = await claiming(vendor);
    const good = web.get(SIGNATURE) ?? '';
    web.set(SIGNATURE, await signDetached(vendor, Buffer.from('the list of a moment ago')));
    const { get } = web;
    web.get = (url) => {
      const found = get.call(web, url);
      if (url === SIGNATURE) web.set(SIGNATURE, good);
      return found;
    };
    expect(await sync()).toMatchObject({ sources: [{ state: 'updated' }] });
    expect(asked).toEqual([LIST, SIGNATURE, LIST, SIGNATURE]);
  });

  test('fails the reading when it was changed, with the list’s name', async () => {
    const { sync, web } = await claiming(await makeVendor());
    web.set(LIST, TEXT.replace('a', 'b'));
    expect(await sync()).toMatchObject({
      sources: [{ error: { code: 'SIGNATURE_BAD', message: expect.stringContaining(LIST) } }],
    });
  });

  test('is refused when it is older than one that was seen', async () => {
    const vendor = await makeVendor();
    const { sync, web, images } = await claiming(vendor);
    const sign = async (day: string): Promise<unknown> =>
      web.set(SIGNATURE, await signDetached(vendor, Buffer.from(TEXT), new Date(day)));
    await sign('2022-01-02');
    await sync();
    await sign('2022-01-01');
    expect(await sync()).toMatchObject({ sources: [{ error: { code: 'SIGNATURE_OUTDATED' } }] });
    expect(await images()).toHaveLength(1);
    await sign('2022-01-02');
    expect(await sync()).toMatchObject({ sources: [{ state: 'unchanged' }] });
  });

  test('is refused when it is older than one that was seen under another spelling of its address', async () => {
    const vendor = await makeVendor();
    const { sync, web, add, images } = await world();
    let url = LIST;
    add({
      name: 'upstream:a',
      layer: 'upstream',
      read: async (request) => {
        const signature = { form: 'detached', url: `${url}.gpg` } as const;
        const { text } = await request.fetchSigned({ url, signature, keys: [vendor.trusted] });
        return documentOf({ '1': [image({ checksums: { sha256: text.slice(0, 64) } })] });
      },
    });
    const publish = async (text: string, day: string): Promise<void> => {
      web.set(url, text).set(`${url}.gpg`, await signDetached(vendor, Buffer.from(text), new Date(day)));
    };
    await publish(TEXT, '2022-01-02');
    await sync();
    url = LIST.replace('/1/', '/%31/');
    await publish(`${SHA_B}  one.iso\n`, '2022-01-01');
    expect(await sync()).toMatchObject({ sources: [{ error: { code: 'SIGNATURE_OUTDATED' } }] });
    expect((await images()).map(({ checksums }) => checksums.sha256)).toEqual([SHA_A]);
  });

  test('says nothing of an image that a later one at another address has named', async () => {
    const vendor = await makeVendor();
    const { sync, web, add, images, warnings } = await world();
    let folder = 'current';
    const listAt = (): string => `https://a.example/${folder}/SUMS`;
    add({
      name: 'upstream:a',
      layer: 'upstream',
      read: async (request) => {
        const url = listAt();
        const signature = { form: 'detached', url: `${url}.gpg` } as const;
        const { text, key } = await request.fetchSigned({ url, signature, keys: [vendor.trusted] });
        const evidence = { level: 'signed', key };
        const all = text
          .trim()
          .split('\n')
          .map((line) => line.split('  '));
        return documentOf({
          '1': all.map(([sha256, file]) =>
            image({ variant: file?.slice(0, -4), file, checksums: { sha256 }, evidence }),
          ),
        });
      },
    });
    const publish = async (text: string, day: string): Promise<void> => {
      const signature = await signDetached(vendor, Buffer.from(text), new Date(day));
      web.set(listAt(), text).set(`${listAt()}.gpg`, signature);
    };
    await publish(`${SHA_A}  one.iso\n`, '2022-01-02');
    await sync();
    folder = 'former';
    await publish(`${SHA_B}  one.iso\n${SHA_B}  two.iso\n`, '2022-01-01');
    expect(await sync()).toMatchObject({ sources: [{ state: 'updated', carried: 1, fresh: false }] });
    expect(warnings).toMatchObject([{ code: 'CATALOG_IMAGE_OUTDATED' }]);
    expect((await images()).map(({ file, checksums }) => [file, checksums.sha256]).sort()).toEqual([
      ['one.iso', SHA_A],
      ['two.iso', SHA_B],
    ]);
    folder = 'new';
    await publish(`${'c'.repeat(64)}  one.iso\n${SHA_B}  two.iso\n`, '2022-01-03');
    expect(await sync()).toMatchObject({ sources: [{ state: 'updated', fresh: true }] });
  });

  test('in clear says only what stands between its marks', async () => {
    const vendor = await makeVendor();
    const { add, sync, web } = await world();
    const seen: unknown[] = [];
    web.set(LIST, await signInClear(vendor, TEXT));
    add({
      name: 'upstream:a',
      layer: 'upstream',
      read: async (request) => {
        seen.push(await request.fetchSigned({ url: LIST, signature: { form: 'clear' }, keys: [vendor.trusted] }));
        return documentOf({ '1': [image()] });
      },
    });
    await sync();
    expect(seen).toMatchObject([{ key: vendor.trusted.fingerprint, text: expect.stringContaining('*one.iso') }]);
    expect(JSON.stringify(seen)).not.toContain('BEGIN PGP');
  });
});
