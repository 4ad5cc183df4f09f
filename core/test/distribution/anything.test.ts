import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { load, read } from './support.ts';

const image = { file: '{x:text}-{version}-{arch}.iso', variant: '{x|id}', kind: 'live' };
const URL_OF = 'https://a.example/list';

/** Text that looks a little like what each format expects. */
const scraps = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<a href="',
        '">',
        'x-1.0-amd64.iso',
        '\n',
        '\t',
        ': ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        '&a',
        '*a',
        '#',
        '  ',
      ),
      fc.constantFrom(
        'url',
        'products',
        'versions',
        'items',
        'iso',
        '__proto__',
        'constructor',
        'a'.repeat(64),
        '%',
        '../',
        '\\',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

const FORMATS = [
  { format: 'json', url: URL_OF, fields: { url: 'url', sha256: 'sha256' } },
  { format: 'yaml', url: URL_OF, rows: '*', fields: { url: 'url', sha256: 'sha256' } },
  { format: 'simplestreams', url: URL_OF, base: 'https://a.example/' },
  { format: 'index', url: URL_OF, links: 'any' },
  { format: 'lines', url: URL_OF, columns: ['url', 'sha256'] },
];

describe('whatever a vendor sends', () => {
  test.each(FORMATS)('as $format ends in images or in an error of ours', async (discover) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(scraps, fc.json()), async (text) => {
        // Other errors are thrown by read().
        const { error, images } = await read(
          { lists: [{ name: 'list', discover, images: [image] }] },
          { [URL_OF]: text },
        );
        expect(error === undefined).toBe(Object.keys(images).length > 0);
      }),
      { numRuns: 60 },
    );
  });
});

test('whatever a document says ends in a description or in an error of ours', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(scraps, fc.json()), async (text) => {
      await expect(load(text)).rejects.toMatchObject({ code: 'DISTRIBUTION_INVALID' });
    }),
    { numRuns: 60 },
  );
});
