import { describe, expect, test } from 'vitest';

import type { CatalogImage } from '../../src/catalog/model.ts';
import { documentOf, image, KEY, merge, SHA_A, SHA_B } from './support.ts';

const SIGNED = { level: 'signed', key: KEY, origin: 'list' };

function only(merged: ReturnType<typeof merge>): CatalogImage {
  const images = merged.distributions.flatMap(({ releases }) => releases.flatMap((release) => release.images));
  expect(images).toHaveLength(1);
  return images[0]!;
}

describe('merging catalog documents', () => {
  test('goes field by field and remembers who said each', () => {
    const low = documentOf({ '1': { codename: 'Ox', endOfLife: '2030-01-01', provenance: { '*': 'list' } } });
    const high = documentOf({
      '1': {
        endOfLife: '2031-01-01',
        images: [{ variant: 'desktop', arch: 'x86_64', mirrors: ['https://near.example/one.iso'] }],
      },
    });
    const merged = merge(['embedded', low], ['registry', high]);
    expect(merged.warnings).toEqual([]);
    const release = merged.distributions[0]?.releases[0];
    expect(release).toMatchObject({ version: '1', codename: 'Ox', endOfLife: '2031-01-01' });
    expect(release?.provenance['codename']).toMatchObject({ source: 'embedded', origin: { title: 'A list' } });
    expect(release?.provenance['endOfLife']).toEqual({ source: 'registry', layer: 'registry', origin: undefined });
    expect(only(merged)).toMatchObject({
      id: 'distro/1/desktop/x86_64',
      file: 'one.iso',
      size: 1000,
      mirrors: ['https://near.example/one.iso'],
      evidence: { level: 'tls' },
    });
    expect(only(merged).provenance).toMatchObject({
      file: { source: 'embedded', origin: { title: 'A list' } },
      checksums: { source: 'embedded' },
      evidence: { source: 'embedded' },
      mirrors: { source: 'registry', origin: undefined },
    });
  });

  test('finds a field’s origin at the nearest part that names one', () => {
    const origin = (title: string): object => ({ title, location: 'here', retrieved: '2026-01-01' });
    const json = documentOf(
      {
        '1': {
          provenance: { '*': 'b' },
          images: [image({ provenance: { size: 'c' } }), image({ variant: 'kde', provenance: { '*': 'c' } })],
        },
      },
      { origins: { b: origin('B'), c: origin('C') } },
    );
    const [first, second] = merge(['embedded', json]).distributions[0]!.releases[0]!.images;
    expect(first?.provenance).toMatchObject({ size: { origin: { title: 'C' } }, file: { origin: { title: 'B' } } });
    expect(second?.provenance).toMatchObject({ size: { origin: { title: 'C' } }, file: { origin: { title: 'C' } } });
  });

  test('keeps unknown fields', () => {
    expect(only(merge(['embedded', documentOf({ '1': [image({ torrent: 'x' })] })]))).toMatchObject({ torrent: 'x' });
  });

  test('lets no document choose an image’s id', () => {
    const merged = merge(['embedded', documentOf({ '1': [image({ id: '../../up' })] })]);
    expect(only(merged).id).toBe('distro/1/desktop/x86_64');
    expect(only(merged).provenance).not.toHaveProperty('id');
  });

  test('is not misled by a field with the name of what every object has', () => {
    const merged = merge(['embedded', documentOf({ '1': [image({ constructor: 'x', provenance: { '*': 'list' } })] })]);
    expect(Object.entries(only(merged).provenance)).toContainEqual([
      'constructor',
      expect.objectContaining({ origin: expect.objectContaining({ title: 'A list' }) }),
    ]);
  });

  test('orders releases by version, newest first', () => {
    const merged = merge(['embedded', documentOf({ '22.04.2': {}, '22.04.10': {}, '22.10': {}, '22.10-beta': {} })]);
    expect(merged.distributions[0]?.releases.map(({ version }) => version)).toEqual([
      '22.10',
      '22.10-beta',
      '22.04.10',
      '22.04.2',
    ]);
  });

  test('leaves an image out of which too little is known, with all that lack', () => {
    const merged = merge([
      'embedded',
      documentOf({
        '1': [image(), { variant: 'kde', arch: 'x86_64', kind: 'live', mirrors: ['https://m.example/k.iso'] }],
      }),
    ]);
    expect(only(merged).variant).toBe('desktop');
    expect(merged.incomplete).toMatchObject([{ sources: ['embedded'], error: { code: 'CATALOG_IMAGE_INCOMPLETE' } }]);
    expect(merged.incomplete[0]?.error.message).toContain('file, checksums');
  });

  test('lets a higher layer name another default, for its architecture only', () => {
    const low = documentOf({
      '1': [image({ default: true }), image({ arch: 'aarch64', default: true }), image({ variant: 'kde' })],
    });
    const high = documentOf({ '1': [{ variant: 'kde', arch: 'x86_64', default: true }] });
    const images = merge(['embedded', low], ['custom', high]).distributions[0]!.releases[0]!.images;
    expect(images.filter((each) => each.default).map(({ id }) => id)).toEqual([
      'distro/1/desktop/aarch64',
      'distro/1/kde/x86_64',
    ]);
  });
});

describe('evidence', () => {
  test.each([
    ['embedded', 'signed'],
    ['upstream', 'signed'],
    ['registry', 'registry'],
    ['custom', 'none'],
  ] as const)('of the layer %s is at most %s', (layer, level) => {
    expect(only(merge([layer, documentOf({ '1': [image({ evidence: SIGNED })] })])).evidence.level).toBe(level);
  });

  test.each(['embedded', 'upstream', 'registry', 'custom'] as const)('of the layer %s is never raised', (layer) => {
    const json = documentOf({ '1': [image({ evidence: { level: 'none' } })] });
    expect(only(merge([layer, json])).evidence.level).toBe('none');
    const silent = documentOf({ '1': [image({ evidence: undefined })] });
    expect(only(merge([layer, silent])).evidence.level).toBe('none');
  });

  test('names its key and its origin only when it is believed', () => {
    const json = documentOf({ '1': [image({ evidence: SIGNED })] });
    expect(only(merge(['embedded', json])).evidence).toMatchObject({ key: KEY, origin: { title: 'A list' } });
    expect(only(merge(['custom', json])).evidence).toEqual({ level: 'none' });
    expect(only(merge(['registry', json])).evidence).not.toHaveProperty('key');
  });

  test('goes with another checksum, with a warning when it is weaker', () => {
    const low = documentOf({ '1': [image({ evidence: SIGNED })] });
    const high = documentOf({ '1': [image({ checksums: { sha256: SHA_B }, evidence: SIGNED, size: undefined })] });
    const merged = merge(['embedded', low], ['custom', high]);
    expect(only(merged)).toMatchObject({ checksums: { sha256: SHA_B }, evidence: { level: 'none' } });
    expect(only(merged).evidence).not.toHaveProperty('key');
    expect(merged.warnings).toMatchObject([{ code: 'CATALOG_EVIDENCE_WEAKENED', category: 'verification' }]);
    // The size was that of other bytes.
    expect(only(merged).size).toBeUndefined();
  });

  test('stays when a weaker layer repeats the checksum', () => {
    const low = documentOf({ '1': [image({ evidence: SIGNED })] });
    const high = documentOf({ '1': [image({ mirrors: ['https://near.example/one.iso'] })] });
    const merged = merge(['embedded', low], ['custom', high]);
    expect(only(merged)).toMatchObject({
      mirrors: ['https://near.example/one.iso'],
      checksums: { sha256: SHA_A },
      evidence: { level: 'signed' },
    });
    expect(only(merged).provenance['checksums']).toMatchObject({ source: 'embedded' });
    expect(merged.warnings).toEqual([]);
  });

  test('grows when a stronger layer confirms the checksum', () => {
    const merged = merge(
      ['embedded', documentOf({ '1': [image({ evidence: { level: 'tls' } })] })],
      ['registry', documentOf({ '1': [image({ evidence: { level: 'registry' } })] })],
    );
    expect(only(merged)).toMatchObject({ size: 1000, evidence: { level: 'registry' } });
    expect(merged.warnings).toEqual([]);
  });
});
