import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';

import { read, sha } from './support.ts';

interface Vendor {
  readonly fingerprint: string;
  readonly armoured: string;
  detached(text: string): Promise<string>;
  clear(text: string): Promise<string>;
}

async function makeVendor(): Promise<Vendor> {
  const { privateKey } = await openpgp.generateKey({
    type: 'curve25519',
    userIDs: [{ name: 'Example', email: 'cd@example.org' }],
    date: new Date('2020-01-01T00:00:00Z'),
    format: 'object',
  });
  const signingKeys = privateKey;
  return {
    fingerprint: privateKey.getFingerprint().toUpperCase(),
    armoured: privateKey.toPublic().armor(),
    detached: async (text) => {
      const message = await openpgp.createMessage({ binary: new TextEncoder().encode(text) });
      const date = new Date('2025-01-01T00:00:00Z');
      const signed: unknown = await openpgp.sign({ message, signingKeys, detached: true, date });
      return String(signed);
    },
    clear: async (text) => {
      const message = await openpgp.createCleartextMessage({ text });
      return openpgp.sign({ message, signingKeys, date: new Date('2025-01-01T00:00:00Z') });
    },
  };
}

let old: Vendor;
let current: Vendor;
beforeAll(async () => {
  [old, current] = await Promise.all([makeVendor(), makeVendor()]);
});

const SUMS = 'https://a.example/SUMS';
const image = { file: 'x-{version}-{arch}.iso', variant: 'base', kind: 'live' };

/** Two keys, one for each of two releases. */
const parts = (list: object) => ({
  keys: [
    { fingerprint: old.fingerprint, file: './keys/old.asc', releases: ['11.*'] },
    { fingerprint: current.fingerprint, file: './keys/current.asc', releases: ['12.*'] },
  ],
  lists: [{ name: 'list', images: [image], ...list }],
});
const files = () => ({ 'keys/old.asc': old.armoured, 'keys/current.asc': current.armoured });

describe('a list that names the files itself', () => {
  const checksums = { url: SUMS, signature: { form: 'detached', url: `${SUMS}.sig` } };

  test('is signed by the key of its release', async () => {
    const text = `${sha('a')}  x-12.1-amd64.iso\n`;
    const site = { [SUMS]: text, [`${SUMS}.sig`]: await current.detached(text) };
    const { images, warnings } = await read(parts({ checksums }), site, files());
    expect(images['12.1/base/x86_64']?.evidence).toMatchObject({ level: 'signed', key: current.fingerprint });
    expect(warnings).toEqual([]);
  });

  test('counts for nothing when the key of another release signed it', async () => {
    const text = `${sha('a')}  x-12.1-amd64.iso\n${sha('b')}  x-11.9-amd64.iso\n`;
    const site = { [SUMS]: text, [`${SUMS}.sig`]: await old.detached(text) };
    const { images, warnings } = await read(parts({ checksums }), site, files());
    expect(Object.keys(images)).toEqual(['11.9/base/x86_64']);
    expect(warnings).toEqual(['DISTRIBUTION_WRONG_KEY']);
  });
});

describe('a list for files that were discovered', () => {
  const discover = {
    format: 'json',
    url: 'https://a.example/list.json',
    fields: { url: 'url', sha256: 'sha256', size: 'size' },
  };
  const checksums = { url: '{folder}CHECKSUM-{version}', signature: { form: 'clear' } };
  const rows = (...versions: string[]) =>
    JSON.stringify(
      versions.map((version) => ({ url: `https://a.example/x-${version}-amd64.iso`, sha256: sha('a'), size: 5 })),
    );
  const at = (version: string) => `https://a.example/CHECKSUM-${version}`;
  const line = (digit: string, version: string) => `SHA256 (x-${version}-amd64.iso) = ${sha(digit)}`;

  test('is checked with the keys of their release only', async () => {
    const site = {
      'https://a.example/list.json': rows('12.1', '11.9'),
      [at('12.1')]: await old.clear(line('a', '12.1')),
      [at('11.9')]: await old.clear(line('a', '11.9')),
    };
    const { images, warnings } = await read(parts({ discover, checksums }), site, files());
    expect(Object.keys(images)).toEqual(['11.9/base/x86_64']);
    expect(warnings).toEqual(['DISTRIBUTION_LIST_LOST']);
  });

  test('is not even asked for when no key may sign it', async () => {
    const site = {
      'https://a.example/list.json': rows('13.0', '12.1'),
      [at('12.1')]: await current.clear(line('a', '12.1')),
    };
    const { images, asked } = await read(parts({ discover, checksums }), site, files());
    expect(Object.keys(images)).toEqual(['12.1/base/x86_64']);
    expect(asked).not.toContain(at('13.0'));
  });

  test('counts, and not what contradicts it', async () => {
    const site = { 'https://a.example/list.json': rows('12.1'), [at('12.1')]: await current.clear(line('b', '12.1')) };
    const { images, warnings } = await read(parts({ discover, checksums }), site, files());
    expect(images['12.1/base/x86_64']).toMatchObject({
      checksums: { sha256: sha('b') },
      evidence: { level: 'signed' },
    });
    expect(images['12.1/base/x86_64']).not.toHaveProperty('size');
    expect(warnings).toEqual(['DISTRIBUTION_CONTRADICTION']);
  });

  test('has to have the file', async () => {
    const site = { 'https://a.example/list.json': rows('12.1'), [at('12.1')]: await current.clear(line('a', '12.2')) };
    expect(await read(parts({ discover, checksums }), site, files())).toMatchObject({
      error: 'DISTRIBUTION_EMPTY',
      warnings: ['DISTRIBUTION_NO_CHECKSUM'],
    });
  });

  test('says the size where it does', async () => {
    const text = `# x-12.1-amd64.iso: 9 bytes\n${line('a', '12.1')}`;
    const site = { 'https://a.example/list.json': rows('12.1'), [at('12.1')]: await current.clear(text) };
    const { images } = await read(parts({ discover, checksums }), site, files());
    expect(images['12.1/base/x86_64']).toMatchObject({ size: 9 });
  });
});

describe('what cannot be read', () => {
  const lists = [
    { name: 'one', checksums: { url: SUMS }, images: [image] },
    { name: 'two', checksums: { url: 'https://b.example/SUMS' }, images: [image] },
  ];

  test('costs its own images when the vendor does not have it', async () => {
    const { images, warnings } = await read({ lists }, { [SUMS]: `${sha('a')}  x-12.1-amd64.iso` });
    expect(Object.keys(images)).toEqual(['12.1/base/x86_64']);
    expect(warnings).toEqual(['DISTRIBUTION_LIST_LOST']);
  });

  test('costs the whole reading when it may be had later: the last good copy is better than half of a new one', async () => {
    const later = { name: 'later', checksums: { url: 'https://b.example/busy' }, images: [image] };
    const site = { [SUMS]: `${sha('a')}  x-12.1-amd64.iso` };
    expect(await read({ lists: [...lists, later] }, site)).toMatchObject({ error: 'DOCUMENT_HTTP_STATUS' });
  });

  test('leaves the source without anything when nothing else is left', async () => {
    expect(await read({ lists }, {})).toMatchObject({ error: 'DISTRIBUTION_EMPTY' });
  });

  test('is left out when it is on a host that nobody declared', async () => {
    const site = {
      'https://a.example/list.json': JSON.stringify([{ url: 'https://evil.example/x-1-amd64.iso', sha256: sha('a') }]),
    };
    const discover = { format: 'json', url: 'https://a.example/list.json', fields: { url: 'url', sha256: 'sha256' } };
    expect(await read({ lists: [{ name: 'one', discover, images: [image] }] }, site)).toMatchObject({
      error: 'DISTRIBUTION_EMPTY',
      warnings: expect.arrayContaining(['DISTRIBUTION_FOREIGN_HOST']),
    });
  });
});
