import { describe, expect, test } from 'vitest';

import { mergeDocuments } from '../../src/catalog/merge.ts';
import { catalogEntries, type CatalogImage } from '../../src/catalog/model.ts';
import { parseCatalogDocument } from '../../src/catalog/parse-document.ts';
import type { SourcedDocument } from '../../src/catalog/speaker.ts';
import { CATALOG_LAYERS, type CatalogLayer } from '../../src/engine/hooks.ts';
import { documentOf, image, KEY, loadWith, merge, SHA_B, source } from './support.ts';

const OTHER_KEY = KEY.replace('0', 'F');
const KDE = image({ variant: 'kde' });
const LOW = documentOf({ '1': [image({ default: true }), KDE], '2': [KDE] });

/** Ids of what is in the catalog, without the architecture. */
const idsOf = (...layers: readonly (readonly [CatalogLayer, object])[]): string[] => {
  const { distributions } = merge(...layers);
  return catalogEntries({ distributions, sources: [] }).map((entry) => entry.image.id.replace('/x86_64', ''));
};

const distribution = (changes: object): object =>
  documentOf({}, { distributions: [{ id: 'distro', releases: [], ...changes }] });

describe('hiding', () => {
  test.each([
    ['an image', documentOf({ '1': [{ variant: 'kde', arch: 'amd64', hide: true }] }), ['2/kde', '1/desktop']],
    ['a release', documentOf({ '1': { hide: true, images: [] } }), ['2/kde']],
    ['a distribution', distribution({ hide: true }), []],
    ['nothing with false', documentOf({ '1': { hide: false, images: [] } }), ['2/kde', '1/desktop', '1/kde']],
    ['nothing that is not there', documentOf({ '7': { hide: true, images: [] } }), ['2/kde', '1/desktop', '1/kde']],
  ])('%s leaves out just that', (_, high, left) => {
    expect(idsOf(['embedded', LOW], ['custom', high])).toEqual(left.map((id) => `distro/${id}`));
    expect(merge(['embedded', LOW], ['custom', high])).toMatchObject({ warnings: [], incomplete: [] });
  });

  test.each([
    documentOf({ '1': { hide: true, images: [] } }),
    documentOf({ '1': [{ variant: 'kde', arch: 'x86_64', hide: true }] }),
    distribution({ hide: true }),
  ])('is taken back by a higher layer', (hiding) => {
    const back = JSON.parse(JSON.stringify(hiding).replace('"hide":true', '"hide":false')) as object;
    expect(idsOf(['embedded', LOW], ['upstream', hiding], ['custom', back])).toEqual(idsOf(['embedded', LOW]));
    expect(idsOf(['embedded', LOW], ['upstream', back], ['custom', hiding])).not.toEqual(idsOf(['embedded', LOW]));
  });

  test('leaves no trace in what is there', () => {
    const { distributions } = merge(['embedded', LOW], ['custom', documentOf({ '1': { hide: false, images: [] } })]);
    expect(JSON.stringify(distributions)).not.toContain('hide');
  });

  test('needs no more than the names', () => {
    const high = { schema: { major: 1, minor: 1 }, distributions: [{ id: 'distro', hide: true }] };
    expect(idsOf(['embedded', LOW], ['custom', high])).toEqual([]);
  });
});

describe('who vouches', () => {
  const SIGNED = { level: 'signed', key: KEY, origin: 'list' };
  const sourced = (layer: CatalogLayer, json: object, more: object = {}): SourcedDocument => ({
    source: source(layer, layer),
    document: parseCatalogDocument(json, layer),
    ...more,
  });
  const only = (...sources: readonly SourcedDocument[]): CatalogImage | undefined =>
    mergeDocuments(sources).distributions[0]?.releases[0]?.images[0];

  test('for a checksum is the key that signed it, for the rest of a registry the registry’s', () => {
    const vendor = sourced('embedded', documentOf({ '1': [image({ evidence: SIGNED })] }));
    const retrieved = '2026-06-01T10:00:00.000Z';
    const near = image({ evidence: undefined, checksums: undefined, mirrors: ['https://near.example/one.iso'] });
    const registry = sourced('registry', documentOf({ '1': [near] }), { retrieved, key: 'root-7' });
    expect(only(vendor, registry)?.provenance).toMatchObject({
      checksums: { source: 'embedded', key: KEY, retrieved: undefined },
      mirrors: { source: 'registry', key: 'root-7', retrieved },
    });
    expect(only(vendor)?.provenance['file']?.key).toBeUndefined();
  });

  test.each([
    [undefined, 'signed'],
    ['bundled', 'signed'],
    ['registry', 'registry'],
    ['data', 'none'],
    ['unsigned', 'none'],
  ] as const)('of what comes with a plugin of the tier %s makes evidence of at most "%s"', (tier, level) => {
    const document = documentOf({ '1': [image({ evidence: SIGNED })] });
    expect(only(sourced('embedded', document, { plugin: 'x', tier }))?.evidence.level).toBe(level);
  });

  test('for what the author of a plugin has read is confirmed by no sync', () => {
    const origins = Object.fromEntries(
      ['list-1', 'known-1'].map((id) => [id, { title: id, location: 'there', retrieved: '2026-01-02' }]),
    );
    const release = { endOfLife: '2030-01-01', codename: 'x', provenance: { '*': 'known-1', codename: 'list-1' } };
    const vendor = sourced('upstream', documentOf({ '1': release }, { origins }), {
      retrieved: '2026-06-01T10:00:00Z',
    });
    expect(mergeDocuments([vendor]).distributions[0]?.releases[0]?.provenance).toMatchObject({
      codename: { retrieved: '2026-06-01T10:00:00Z' },
      endOfLife: { retrieved: undefined, origin: { retrieved: '2026-01-02' } },
    });
  });

  test('is said once for all that has the same', () => {
    const { distributions } = merge(['embedded', documentOf({ '1': [image(), KDE], '2': [image()] })]);
    const [first, ...others] = catalogEntries({ distributions, sources: [] }).map((entry) => entry.image.provenance);
    expect(others).toHaveLength(2);
    for (const other of others) expect(other).toBe(first);
  });
});

describe('keys that may sign an image', () => {
  const signature = (keys: string[]): object => ({ form: 'detached', url: 'https://vendor.example/one.iso.sig', keys });
  const withKeys = (...keys: string[]): object => documentOf({ '1': [image({ signature: signature(keys) })] });

  test.each([
    ['custom', [OTHER_KEY], ['CATALOG_KEYS_REPLACED']],
    ['custom', [KEY, OTHER_KEY], ['CATALOG_KEYS_REPLACED']],
    ['registry', [OTHER_KEY], ['CATALOG_KEYS_REPLACED']],
    ['custom', [KEY], []],
    ['embedded', [OTHER_KEY], []],
  ] as const)('are replaced by the layer %s with %j: %j', (layer, keys, codes) => {
    const merged = merge(['embedded', withKeys(KEY)], [layer, withKeys(...keys)]);
    expect(merged.warnings.map(({ code }) => code)).toEqual(codes);
    expect(merged.distributions[0]?.releases[0]?.images[0]?.signature).toEqual(signature([...keys]));
  });

  test('may be added by any layer', () => {
    expect(merge(['embedded', LOW], ['custom', withKeys(KEY)]).warnings).toEqual([]);
  });
});

describe('two who speak of one image', () => {
  const signed = (changes: object = {}, key = KEY): object =>
    documentOf({ '1': [image({ evidence: { level: 'signed', key, origin: 'list' }, ...changes })] });
  const OTHER = { checksums: { sha256: SHA_B } };
  /** What a person is told when a plugin says one thing and the layer of `plugin` another. */
  const told = (low: object, layer: CatalogLayer, high: object, plugin = 'stranger'): string[] =>
    mergeDocuments(
      (
        [
          ['embedded', low, 'distro-x'],
          [layer, high, plugin],
        ] as const
      ).map(([each, json, owner]) => ({
        source: source(`${each}:${owner}`, each),
        document: parseCatalogDocument(json, each),
        plugin: owner,
      })),
    ).warnings.map(({ code }) => code);

  test.each([
    ['another checksum', signed(OTHER), ['CATALOG_CHECKSUM_DISPUTED']],
    ['another key', signed({}, OTHER_KEY), ['CATALOG_CHECKSUM_DISPUTED']],
    ['another checksum, key and file', signed({ ...OTHER, file: 'x.iso' }, OTHER_KEY), ['CATALOG_CHECKSUM_DISPUTED']],
    ['another file name', signed({ file: 'evil.sh' }), ['CATALOG_FACTS_REPLACED']],
    ['the same', signed(), []],
  ])('and are different plugins are named when one says %s', (_, high, codes) => {
    expect(told(signed(), 'upstream', high)).toEqual(codes);
    expect(told(signed(), 'embedded', high)).toEqual(codes);
    // Its own newer list.
    expect(told(signed(), 'upstream', high, 'distro-x')).toEqual([]);
  });

  test('are told apart although the other’s word is worth more', () => {
    expect(told(documentOf({ '1': [image()] }), 'upstream', signed(OTHER))).toEqual(['CATALOG_CHECKSUM_DISPUTED']);
    expect(told(documentOf({ '1': [image()] }), 'upstream', signed())).toEqual([]);
    // Nobody vouched for it before.
    expect(told(documentOf({ '1': [image({ evidence: undefined })] }), 'upstream', signed(OTHER))).toEqual([]);
  });

  test.each([
    ['registry', { file: 'evil.sh' }, ['CATALOG_FACTS_REPLACED']],
    ['custom', { file: 'evil.sh' }, ['CATALOG_FACTS_REPLACED']],
    ['custom', { size: 5 }, ['CATALOG_FACTS_REPLACED']],
    ['custom', { file: 'evil.sh', size: 5 }, ['CATALOG_FACTS_REPLACED']],
    ['custom', { file: 'one.iso', size: 1000, mirrors: ['https://near.example/one.iso'] }, []],
    // What goes with other bytes is told of once.
    ['custom', { ...OTHER, file: 'evil.sh', size: 5 }, ['CATALOG_EVIDENCE_WEAKENED']],
  ] as const)('are told apart when the layer %s says %j of a signed image', (layer, part, codes) => {
    const high = documentOf({ '1': [{ variant: 'desktop', arch: 'x86_64', ...part }] });
    expect(told(signed(), layer, high)).toEqual(codes);
  });

  test('add no size silently that the one who vouches for the checksum does not know', () => {
    const high = documentOf({ '1': [{ variant: 'desktop', arch: 'x86_64', size: 5 }] });
    for (const layer of ['upstream', 'registry', 'custom'] as const) {
      expect(told(signed({ size: undefined }), layer, high)).toEqual(['CATALOG_FACTS_REPLACED']);
    }
    expect(told(signed({ size: undefined }), 'upstream', high, 'distro-x')).toEqual([]);
    // Whose word is worth more than that of the one who vouches says it of itself.
    expect(told(documentOf({ '1': [image({ size: undefined })] }), 'registry', high)).toEqual([]);
  });

  test('may name keys of their own, but not silently', () => {
    const keys = (key: string): object => ({
      signature: { form: 'detached', url: 'https://x.example/s', keys: [key] },
    });
    const [low, high] = [signed(keys(KEY)), signed(keys(OTHER_KEY))];
    expect(told(low, 'upstream', high)).toEqual(['CATALOG_KEYS_REPLACED']);
    expect(told(low, 'upstream', high, 'distro-x')).toEqual([]);
  });
});

describe('precedence', () => {
  const outcomes = CATALOG_LAYERS.filter((layer) => layer !== 'upstream').map((layer) => ({
    source: source(layer, layer),
    document: documentOf({ '1': { codename: layer, images: layer === 'custom' ? [] : [image()] } }),
  }));

  test.each([
    [['embedded', 'upstream', 'registry', 'custom'], 'custom'],
    [['custom', 'embedded', 'upstream', 'registry'], 'registry'],
    [['custom', 'registry', 'upstream', 'embedded'], 'embedded'],
  ])('%j lets the last one win', async (precedence, codename) => {
    const { catalog } = await loadWith({ catalog: { precedence } }, ...outcomes);
    expect(catalog.distributions[0]?.releases[0]?.codename).toBe(codename);
  });

  test('gives a weaker word no more trust', async () => {
    const strong = documentOf({ '1': [image({ evidence: { level: 'signed', key: KEY } })] });
    const weak = documentOf({
      '1': [image({ checksums: { sha256: SHA_B }, evidence: { level: 'signed', key: KEY } })],
    });
    const { catalog, warnings } = await loadWith(
      { catalog: { precedence: ['custom', 'registry', 'upstream', 'embedded'] } },
      { source: source('a', 'embedded'), document: strong },
      { source: source('b', 'custom'), document: weak },
    );
    expect(catalog.distributions[0]?.releases[0]?.images[0]?.evidence).toMatchObject({ level: 'signed', key: KEY });
    expect(warnings).toEqual([]);
  });
});
