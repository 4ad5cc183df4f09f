import assert from 'node:assert/strict';

import type { PluginManifest } from '@loopstick/core';

import { check, type ChecksOf } from '../suite/check.ts';
import type { SuiteOptions } from '../suite/options.ts';
import { readUpstreamOf, type UpstreamReading } from '../upstream/read-upstream.ts';
import type { VendorSite } from '../upstream/vendor-site.ts';

/** What servers send in place of what was asked for. */
const RUBBISH: Readonly<Record<string, (content: Uint8Array) => Uint8Array>> = {
  nothing: () => new Uint8Array(),
  'half of it': (content) => content.subarray(0, content.length / 2),
  'a page of a portal': () => Buffer.from('<!doctype html><html><body><a href="../../">Log in</a></body></html>'),
  'no text': () => Uint8Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256),
  'very deep JSON': () => Buffer.from('['.repeat(20_000)),
};

/** For a plugin that is a document: its code, if it has some, is not asked. */
export const upstreamChecks: ChecksOf = (manifest, options) => {
  const { site, images = [] } = options;
  if (manifest.distribution === undefined || site === undefined) return [];
  return [
    check('it finds the images of its vendor, and the same ones each time', async () => {
      const reading = await read(manifest, options, site);
      assert.equal(reading.error, undefined, `reading ended with ${reading.error ?? ''}`);
      assert.deepEqual(reading.warnings, []);
      assert.ok(reading.images.size > 0, `it finds no image; it asked for ${reading.asked.join(', ')}`);
      const missing = images.filter((id) => !reading.images.has(id));
      assert.deepEqual(missing, [], `it finds ${[...reading.images.keys()].join(', ')}`);
      assert.deepEqual((await read(manifest, options, site)).document, reading.document);
    }),
    check('it makes no image of what is malformed', async () => {
      const good = await read(manifest, options, site);
      for (const [address, content] of Object.entries(site)) {
        for (const [what, spoil] of Object.entries(RUBBISH)) {
          const bytes = typeof content === 'string' ? Buffer.from(content) : content;
          const { images: found } = await read(manifest, options, { ...site, [address]: spoil(bytes) });
          for (const [id, image] of found) {
            assert.deepEqual(image, good.images.get(id), `${what} in place of ${address} makes another ${id}`);
          }
        }
      }
    }),
  ];
};

/** @throws what is no answer of a source, such as an error in a plugin that the engine does not know */
async function read({ directory }: PluginManifest, { now }: SuiteOptions, site: VendorSite): Promise<UpstreamReading> {
  return readUpstreamOf({ directory, trust: 'unsigned' }, site, now);
}
