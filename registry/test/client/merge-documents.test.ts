import { parseCatalogDocument, type CatalogDocument } from '@loopstick/core';
import { expect, it } from 'vitest';

import { mergeDocuments } from '../../src/client/merge-documents.ts';

const schema = { major: 1, minor: 0 };
const origin = (title: string) => ({ title, location: 'https://a.example', retrieved: '2031-01-01' });
const document = (json: object): CatalogDocument => parseCatalogDocument({ schema, ...json }, 'a test');

it('gives a single document as it is', () => {
  const own = document({ distributions: [{ id: 'one' }] });
  expect(mergeDocuments([own])).toEqual(own);
});

it('gives an empty catalog of none', () => {
  expect(parseCatalogDocument(mergeDocuments([]), 'a test').distributions).toEqual([]);
});

it('puts together what stands in several, each part with its own origin', () => {
  const image = (variant: string) => ({ variant, arch: 'x86_64' });
  const first = document({
    origins: { list: origin('first') },
    distributions: [
      { id: 'one', name: 'One', provenance: { '*': 'list' }, releases: [{ version: '1', images: [image('live')] }] },
    ],
  });
  const checksums = { sha256: '0'.repeat(64) };
  const second = document({
    origins: { list: origin('second') },
    distributions: [
      {
        id: 'one',
        name: 'Another',
        summary: 'of the second',
        provenance: { '*': 'list' },
        releases: [
          {
            version: '1',
            images: [image('live'), { ...image('server'), checksums, evidence: { level: 'tls', origin: 'list' } }],
          },
          { version: '2', images: [image('live')] },
        ],
      },
      { id: 'two' },
    ],
  });
  const merged = parseCatalogDocument(mergeDocuments([first, second]), 'a test');
  expect(merged.distributions.map(({ id }) => id)).toEqual(['one', 'two']);
  const [one] = merged.distributions;
  expect(one).toMatchObject({ name: 'One', summary: 'of the second' });
  expect(one?.releases.map(({ version, images }) => [version, images.map(({ variant }) => variant)])).toEqual([
    ['1', ['live', 'server']],
    ['2', ['live']],
  ]);
  const titleOf = (id: string | undefined): string | undefined => merged.origins[id ?? '']?.title;
  const [live, server] = one?.releases[0]?.images ?? [];
  expect(titleOf(live?.provenance?.['*'])).toBe('first');
  expect(titleOf(server?.provenance?.['*'])).toBe('second');
  expect(titleOf(server?.evidence?.origin)).toBe('second');
  expect(titleOf(one?.releases[1]?.provenance?.['*'])).toBe('second');
});
