import { expect, test } from 'vitest';

import { parseCatalogDocument } from '../../../src/catalog/parse-document.ts';
import type { CatalogDocument } from '../../../src/catalog/schema.ts';
import { carryOver } from '../../../src/catalog/sync/carry-over.ts';
import { documentOf, image } from '../support.ts';

/** A document with images of these variants, all said by the origin `list` of that day. */
function said(
  day: string,
  releases: Readonly<Record<string, readonly string[]>>,
  changes: object = {},
): CatalogDocument {
  const document = documentOf(
    Object.fromEntries(
      Object.entries(releases).map(([version, variants]) => [
        version,
        {
          images: variants.map((variant) =>
            image({ variant, default: true, evidence: { level: 'tls', origin: 'list' } }),
          ),
          provenance: { '*': 'list' },
        },
      ]),
    ),
    { origins: { list: { title: 'A list', location: 'https://example.org/', retrieved: day } }, ...changes },
  );
  return parseCatalogDocument(document, 'test');
}

test('images that are missing are taken over, with where they are from', () => {
  const before = said('2026-01-01', { '1': ['a', 'b'], '2': ['c'] });
  const after = said('2026-02-02', { '1': ['a'] });
  expect(carryOver(before, after, '2026-01-20')).toBe(2);
  const checked = parseCatalogDocument(after, 'carried');
  const [distribution] = checked.distributions;
  const [first, second] = distribution?.releases ?? [];
  expect(first?.images.map(({ variant }) => variant)).toEqual(['a', 'b']);
  expect(second).toMatchObject({ version: '2', images: [{ variant: 'c', default: true }] });
  const carried = first?.images[1];
  expect(carried).not.toHaveProperty('default');
  expect(checked.origins[carried?.provenance?.['*'] ?? '']).toMatchObject({ retrieved: '2026-01-20' });
  expect(checked.origins[carried?.evidence?.origin ?? '']).toMatchObject({ retrieved: '2026-01-20' });
  expect(checked.origins['list']).toMatchObject({ retrieved: '2026-02-02' });
});

test('what was taken over before keeps its day, and so does what the author of a plugin has read', () => {
  const before = said('2026-01-01', { '1': ['a', 'b'] });
  const between = said('2026-02-02', { '1': ['a'] });
  carryOver(before, between, '2026-01-20');
  const after = said('2026-03-03', {});
  expect(carryOver(between, after, '2026-02-20')).toBe(2);
  const days = parseCatalogDocument(after, 'carried').distributions[0]?.releases[0]?.images.map(
    ({ provenance }) => after.origins[provenance?.['*'] ?? '']?.retrieved,
  );
  expect(days).toEqual(['2026-02-20', '2026-01-20']);

  const known = JSON.parse(JSON.stringify(before).replaceAll('"list"', '"known-list"')) as CatalogDocument;
  const later = said('2026-03-03', {});
  carryOver(known, later, '2026-01-20');
  expect(later.origins['known-list']).toMatchObject({ retrieved: '2026-01-01' });
});

test('what is there already stays as it is', () => {
  const before = said('2026-01-01', { '1': ['a'] });
  const after = said('2026-01-01', { '1': ['a', 'b'] });
  const as = structuredClone(after);
  expect(carryOver(before, after, '2026-01-20')).toBe(0);
  expect(after).toEqual(as);
});

test('a whole distribution is taken over as well', () => {
  const after = parseCatalogDocument({ schema: { major: 1, minor: 0 }, distributions: [] }, 'test');
  expect(carryOver(said('2026-01-01', { '1': ['a'] }), after, '2026-01-20')).toBe(1);
  expect(parseCatalogDocument(after, 'carried').distributions).toMatchObject([{ id: 'distro', name: 'Distro' }]);
});
