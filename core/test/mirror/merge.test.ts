import fc from 'fast-check';
import { expect, it } from 'vitest';

import { mergeAddresses, type NamedAddress } from '../../src/mirror/merge.ts';

const address: fc.Arbitrary<NamedAddress> = fc.record(
  {
    url: fc
      .tuple(
        fc.constantFrom('http', 'https'),
        fc.constantFrom('a.example', 'A.example', 'b.example', 'b.example:8443', 'b.example.'),
        fc.constantFrom('/', '/x.iso', '/y.iso'),
      )
      .map(([scheme, host, path]) => `${scheme}://${host}${path}`),
    source: fc.constantFrom('catalog', 'settings', 'list'),
    given: fc.boolean(),
    country: fc.constantFrom('de', 'us'),
    bandwidth: fc.double({ min: 0, max: 1, noNaN: true }),
  },
  { requiredKeys: ['url', 'source'] },
);

function hostOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname.replace(/\.$/, '')}:${port}`;
}

it('keeps each address of the job and one of every other host, safe where it can be', () => {
  fc.assert(
    fc.property(fc.array(address, { maxLength: 20 }), fc.integer({ min: 0, max: 8 }), (addresses, most) => {
      // Those of the job come first.
      const inOrder = [
        ...addresses.filter(({ given }) => given === true),
        ...addresses.filter(({ given }) => given !== true),
      ];
      const all = mergeAddresses(inOrder, Infinity);
      expect(mergeAddresses(inOrder, most).map(({ url }) => hostOf(url))).toEqual(
        all.slice(0, most).map(({ url }) => hostOf(url)),
      );

      const urls = all.map(({ url }) => url);
      expect(new Set(urls).size).toBe(urls.length);
      for (const url of urls) expect(inOrder.map((each) => each.url)).toContain(url);
      const others = all.filter(({ given }) => !given).map(({ url }) => hostOf(url));
      expect(new Set(others).size).toBe(others.length);
      for (const { url, given, source } of inOrder) {
        const onHost = all.filter((each) => hostOf(each.url) === hostOf(url));
        expect(onHost.some(({ sources }) => sources.includes(source))).toBe(true);
        if (given !== true) continue;
        const { pathname } = new URL(url);
        expect(onHost.filter((each) => new URL(each.url).pathname === pathname)).toHaveLength(1);
      }
      for (const { url, given } of all) {
        if (given || url.startsWith('https:')) continue;
        expect(inOrder.some((each) => hostOf(each.url) === hostOf(url) && each.url.startsWith('https:'))).toBe(false);
      }
    }),
  );
});
