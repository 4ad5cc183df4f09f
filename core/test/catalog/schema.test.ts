import { describe, expect, test } from 'vitest';

import { parseCatalogDocument } from '../../src/catalog/parse-document.ts';
import { documentOf, image, KEY, SHA_A, thrown } from './support.ts';

const parse = (json: unknown): unknown => parseCatalogDocument(json, 'test');

function refusal(json: unknown): unknown {
  return thrown(() => parse(json));
}

const withImage = (changes: object): object => documentOf({ '1': [image(changes)] });

describe('a catalog document', () => {
  test('is read with the fields that this release does not know', () => {
    const json = documentOf(
      { '1': { images: [image({ torrent: { infohash: 'x' } })], mascot: 'Ox' } },
      { schema: { major: 1, minor: 7 }, notice: 'new' },
    );
    expect(parse(json)).toMatchObject({
      schema: { minor: 7 },
      notice: 'new',
      distributions: [{ releases: [{ mascot: 'Ox', images: [{ torrent: { infohash: 'x' } }] }] }],
    });
  });

  test.each([0, 2, 99])('of major version %d is refused as such, whatever else is in it', (major) => {
    const error = refusal({ schema: { major, minor: 0 }, everything: 'else' });
    expect(error).toMatchObject({ code: 'CATALOG_SCHEMA_UNSUPPORTED', category: 'bad-input' });
  });

  test.each([null, undefined, 7, 'text', [], {}, { schema: null }, { schema: { major: '1' } }, { schema: 1 }])(
    'is not %j',
    (json) => {
      expect(refusal(json)).toMatchObject({ code: 'CATALOG_MALFORMED', category: 'bad-input' });
    },
  );

  test('gives the vendor’s name of an architecture the kernel’s', () => {
    const json = documentOf({ '1': [image({ arch: 'amd64' }), image({ arch: 'arm64' })] });
    expect(parse(json)).toMatchObject({
      distributions: [{ releases: [{ images: [{ arch: 'x86_64' }, { arch: 'aarch64' }] }] }],
    });
  });

  test.each([
    ['two directories up', { file: '../../etc/passwd' }],
    ['an absolute path', { file: '/etc/passwd' }],
    ['a hidden file', { file: '.bashrc' }],
    ['an option', { file: '-rf.iso' }],
    ['a line break', { file: 'a\nb.iso' }],
    ['a quote', { file: "a'b.iso" }],
    ['a NUL', { file: 'a\u0000.iso' }],
    ['an empty name', { file: '' }],
    ['a name without end', { file: 'a'.repeat(201) }],
  ])('has no file that is %s', (_, changes) => {
    expect(refusal(withImage(changes))).toMatchObject({
      code: 'CATALOG_MALFORMED',
      message: expect.stringContaining('distributions[0].releases[0].images[0].file'),
    });
  });

  test.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'ftp://mirror.example/one.iso',
    'data:text/plain,x',
    '//mirror.example/one.iso',
    'https:/one.iso',
    'https://',
    'https://user:secret@mirror.example/one.iso',
    'https://mirror.example/one iso',
    'https://mirror.example/\u001b[2J',
    'https://[::1/one.iso',
    `https://mirror.example/${'a'.repeat(2048)}`,
    7,
  ])('has no mirror %j', (url) => {
    expect(refusal(withImage({ mirrors: ['https://good.example/one.iso', url] }))).toMatchObject({
      code: 'CATALOG_MALFORMED',
      message: expect.stringContaining('images[0].mirrors[1]'),
    });
  });

  test.each([
    ['checksums', { checksums: { sha256: SHA_A.toUpperCase() } }],
    ['checksums', { checksums: { sha256: SHA_A.slice(1) } }],
    ['checksums', { checksums: { sha256: `${SHA_A}\n` } }],
    ['checksums', { checksums: {} }],
    ['size', { size: 0 }],
    ['size', { size: -1 }],
    ['size', { size: 1.5 }],
    ['size', { size: '1000' }],
    ['size', { size: 2 ** 60 }],
    ['kind', { kind: 'virus' }],
    ['mirrors', { mirrors: [] }],
    ['mirrors', { mirrors: Array.from({ length: 201 }, () => 'https://mirror.example/one.iso') }],
    ['variant', { variant: '../up' }],
    ['variant', { variant: 'Desktop' }],
    ['variant', { variant: 'a'.repeat(65) }],
    ['arch', { arch: 'x86/64' }],
    ['evidence', { evidence: { level: 'certain' } }],
    ['evidence', { evidence: { level: 'signed' } }],
    ['evidence', { evidence: { level: 'signed', key: KEY.slice(-16) } }],
    ['evidence', { checksums: undefined, evidence: { level: 'tls' } }],
    ['evidence', { evidence: { level: 'tls', origin: 'nowhere' } }],
    ['provenance', { provenance: { '*': 'nowhere' } }],
    ['provenance', { provenance: { '*': 'constructor' } }],
    ['provenance', { provenance: { 'a b': 'list' } }],
  ])('names the place of a mistake in %s', (place, changes) => {
    expect(refusal(withImage(changes))).toMatchObject({
      code: 'CATALOG_MALFORMED',
      message: expect.stringContaining(`distributions[0].releases[0].images[0].${place}`),
    });
  });

  test.each(['2026-02-30', '2026-1-1', 'soon', 20260101])('has no day %j', (endOfLife) => {
    expect(refusal(documentOf({ '1': { endOfLife } }))).toMatchObject({ code: 'CATALOG_MALFORMED' });
  });

  test.each(['\u001b[31mred', 'two\nlines', 'left\u202eright', '', 'x'.repeat(65)])(
    'has no text %j that could steer a terminal',
    (codename) => {
      expect(refusal(documentOf({ '1': { codename } }))).toMatchObject({ code: 'CATALOG_MALFORMED' });
    },
  );

  test('names nothing twice', () => {
    const twice = documentOf({ '1': [image(), image({ arch: 'amd64' })] });
    expect(refusal(twice)).toMatchObject({ code: 'CATALOG_MALFORMED' });
    const [distribution] = (documentOf({ '1': [image()] }) as { distributions: object[] }).distributions;
    expect(refusal(documentOf({}, { distributions: [distribution, distribution] }))).toMatchObject({
      code: 'CATALOG_MALFORMED',
    });
  });

  test('takes a prototype’s name for an origin as one that is not there', () => {
    const json = JSON.parse(
      JSON.stringify(documentOf({ '1': [image({ provenance: { file: 'constructor' } })] })),
    ) as object;
    expect(refusal(json)).toMatchObject({ code: 'CATALOG_MALFORMED' });
    const origins = { constructor: { title: 'Real', location: 'here', retrieved: '2026-01-01' } };
    expect(() => parse({ ...json, origins })).not.toThrow();
  });
});
