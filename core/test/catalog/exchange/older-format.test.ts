import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { convertOlder, isOlderFormat } from '../../../src/catalog/exchange/older-format.ts';
import { parseCatalogDocument } from '../../../src/catalog/parse-document.ts';
import type { CatalogDocument } from '../../../src/catalog/schema.ts';

const SHA = 'AB'.repeat(32);

const release = (changes: object = {}): object => ({
  version: '24.04.1 LTS',
  release_date: '2024-08-29T10:00:00Z',
  iso_url: 'https://releases.example.org/24.04.1/some-24.04.1-live-server-amd64.iso',
  sha256: SHA,
  size_mb: 2588,
  mirrors: [],
  ...changes,
});

const catalog = (...releases: unknown[]): object => ({
  version: '2.0',
  last_updated: '2024-10-01T00:00:00Z',
  distributions: [
    {
      id: 'Some Linux',
      name: 'Some Linux',
      description: 'For\n everybody.',
      homepage: 'https://example.org/',
      logo_url: '',
      category: 'Desktop',
      popularity_rank: 3,
      releases,
    },
  ],
});

function convert(json: unknown): { document: CatalogDocument; problems: readonly string[] } {
  const { document, problems } = convertOlder(json, 'here', '2026-01-02');
  return { document: parseCatalogDocument(document, 'converted'), problems };
}

describe('the older form', () => {
  test('becomes ours, with what the file names tell', () => {
    const { document, problems } = convert(
      catalog(
        release(),
        release({
          iso_url: 'https://releases.example.org/24.04.1/some-24.04.1-desktop-arm64.iso',
          mirrors: ['https://near.example.org/24.04.1/', { url: 'https://far.example.org/x.iso' }],
        }),
        release({ version: 13, release_date: '', iso_url: 'https://example.org/some%2D13-netinst.iso', mirrors: null }),
      ),
    );
    expect(problems).toEqual([]);
    expect(document.distributions).toEqual([
      {
        id: 'some-linux',
        name: 'Some Linux',
        homepage: 'https://example.org/',
        summary: 'For everybody.',
        provenance: { '*': 'import' },
        releases: [
          {
            version: '24.04.1',
            lts: true,
            released: '2024-08-29',
            images: [
              expect.objectContaining({
                variant: 'server',
                arch: 'x86_64',
                kind: 'installer',
                file: 'some-24.04.1-live-server-amd64.iso',
                checksums: { sha256: SHA.toLowerCase() },
              }),
              expect.objectContaining({
                variant: 'desktop',
                arch: 'aarch64',
                kind: 'live',
                mirrors: [
                  'https://releases.example.org/24.04.1/some-24.04.1-desktop-arm64.iso',
                  'https://near.example.org/24.04.1/some-24.04.1-desktop-arm64.iso',
                  'https://far.example.org/x.iso',
                ],
              }),
            ],
          },
          {
            version: '13',
            images: [expect.objectContaining({ variant: 'netinst', kind: 'installer', file: 'some-13-netinst.iso' })],
          },
        ],
      },
    ]);
    expect(document.origins).toEqual({
      import: {
        title: expect.any(String) as string,
        location: 'here',
        retrieved: '2026-01-02',
        published: '2024-10-01',
      },
    });
  });

  test('gives no size, which it does not know exactly, and no evidence', () => {
    expect(JSON.stringify(convert(catalog(release())).document)).not.toMatch(/"size|"evidence|2588/);
  });

  test.each([
    ['some-cd-13.iso', 'standard', 'x86_64', 'live'],
    ['Fedora-KDE-Live-x86_64-41-1.4.iso', 'kde', 'x86_64', 'live'],
    ['debian-live-12.5.0-amd64-xfce.iso', 'xfce', 'x86_64', 'live'],
    ['linuxmint-22-cinnamon-64bit.iso', 'cinnamon', 'x86_64', 'live'],
    ['alpine-virt-3.20.1-aarch64.iso', 'virt', 'aarch64', 'live'],
    ['gparted-live-1.6.0-1-i686.iso', 'live', 'i686', 'tool'],
    ['systemrescue-11.02-amd64.iso', 'standard', 'x86_64', 'tool'],
    ['Fedora-Everything-netinst-ppc64le-41.iso', 'netinst', 'ppc64le', 'installer'],
  ])('tells by the name of %s: %s, %s, %s', (file, variant, arch, kind) => {
    const { document } = convert(catalog(release({ iso_url: `https://example.org/${file}` })));
    expect(document.distributions[0]?.releases[0]?.images[0]).toMatchObject({ variant, arch, kind, file });
  });

  test.each([
    ['sha256', { sha256: '' }],
    ['sha256', { sha256: SHA.slice(1) }],
    ['sha256', { sha256: undefined }],
    ['iso_url', { iso_url: 'ftp://example.org/a.iso' }],
    ['iso_url', { iso_url: 'https://example.org/' }],
    ['iso_url', { iso_url: 'https://example.org/%2e%2e%2fetc.iso' }],
    ['iso_url', { iso_url: 'https://example.org/a%00b.iso' }],
    ['version', { version: '!!!' }],
    ['version', { version: { major: 1 } }],
    ['release_date', { release_date: '2024-13-45' }],
    ['mirrors[1]', { mirrors: ['https://a.example/', 'javascript:alert(1)'] }],
  ])('leaves a release out for its %s, and says where', (place, changes) => {
    const { document, problems } = convert(catalog(release(changes), release({ version: '2' })));
    expect(document.distributions[0]?.releases.map(({ version }) => version)).toEqual(['2']);
    expect(problems).toEqual([expect.stringContaining(`distributions[0].releases[0].${place}: `)]);
  });

  test('leaves out what is there twice', () => {
    const { document, problems } = convert(catalog(release(), release()));
    expect(document.distributions[0]?.releases[0]?.images).toHaveLength(1);
    expect(problems).toEqual([expect.stringContaining('distributions[0].releases[1]: ')]);
    const twice = catalog(release()) as { distributions: object[] };
    twice.distributions.push({ ...twice.distributions[0], id: 'some_linux' });
    expect(convert(twice).problems).toEqual([expect.stringContaining('distributions[1].id: ')]);
  });

  test.each([
    [{ version: '2.0' }, 'distributions'],
    [{ version: '2.0', distributions: {} }, 'distributions'],
    [{ version: '2.0', distributions: [null] }, 'distributions[0]'],
    [{ version: '2.0', distributions: [{ id: '...', releases: [] }] }, 'distributions[0].id'],
    [{ version: '2.0', distributions: [{ id: 'a', name: 'a\u001b[2J', releases: [] }] }, 'distributions[0].name'],
    [{ version: '2.0', distributions: [{ id: 'a', releases: 'none' }] }, 'distributions[0].releases'],
  ])('is nothing in %j, and says where', (json, place) => {
    const { document, problems } = convert(json);
    expect(document.distributions).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(`${place}: `)]);
  });

  test('makes a sound document of whatever is in it', () => {
    const anything = fc.anything({ maxDepth: 2 });
    const changes = fc.record(
      {
        version: anything,
        release_date: anything,
        iso_url: fc.oneof(anything, fc.webUrl()),
        sha256: anything,
        mirrors: anything,
      },
      { requiredKeys: [] },
    );
    const words = fc.record({
      id: fc.oneof(fc.string(), anything),
      name: anything,
      description: fc.string(),
      homepage: anything,
    });
    fc.assert(
      fc.property(words, fc.array(changes, { maxLength: 3 }), (distribution, releases) => {
        const json = { version: '2.0', distributions: [{ ...distribution, releases: releases.map(release) }] };
        expect(() => convert(json)).not.toThrow();
      }),
    );
  });
});

test.each([
  [{ version: '2.0', distributions: [] }, true],
  [{ version: 2 }, true],
  [{ version: '2' }, true],
  [{ version: '2.0', schema: { major: 1, minor: 0 } }, false],
  [{ version: '20' }, false],
  [{ version: '3.0' }, false],
  [null, false],
  [[], false],
])('%j is of the older form: %s', (json, is) => {
  expect(isOlderFormat(json)).toBe(is);
});
