import { expect, test } from 'vitest';

import { SourceReader } from '../../../src/catalog/sync/source-reader.ts';
import type { CatalogReadRequest } from '../../../src/engine/hooks.ts';
import { never } from '../../engine/support.ts';
import { world } from './support.ts';

test('a source that asks for everything at once gets it bit by bit', async () => {
  const { engine } = await world();
  let open = 0;
  let most = 0;
  const fetchDocument = async (request: { url: string }) => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setImmediate(resolve));
    open--;
    return { body: new Uint8Array(), url: request.url, secure: true, retrievedAt: new Date(), confirmed: false };
  };
  const reader = new SourceReader({
    engine: { plugins: [], context: { ...engine.context, fetchDocument } },
    source: 'one',
    pluginId: 'loopstick',
    stored: undefined,
    whole: true,
  });
  const request: CatalogReadRequest = reader.request(never());
  await Promise.all(Array.from({ length: 50 }, (_, index) => request.fetch(`https://a.example/${index}`)));
  expect(most).toBeLessThanOrEqual(8);
});
