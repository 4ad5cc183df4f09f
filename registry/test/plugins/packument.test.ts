import { expect, test } from 'vitest';

import { readPackument } from '../../src/plugins/npm/packument.ts';

const SETTINGS = { registry: 'https://npm.example/', minimumAgeHours: 0 };

/** Reads what a registry answers when it is asked for `distro-x`. */
async function read(answer: object) {
  const body = Buffer.from(JSON.stringify(answer));
  const fetchDocument = async ({ url }: { readonly url: string }) =>
    Promise.resolve({ body, url, secure: true, retrievedAt: new Date(0), confirmed: false });
  return readPackument('distro-x', SETTINGS, { fetchDocument }, AbortSignal.timeout(60_000));
}

test('reads the versions of the package that was asked for', async () => {
  const answer = { name: 'distro-x', versions: { '1.0.0': {} }, 'dist-tags': { latest: '1.0.0' } };
  expect(await read(answer)).toMatchObject({ versions: [{ version: '1.0.0' }], tags: { latest: '1.0.0' } });
});

test('refuses the document of another package', async () => {
  const answer = { name: 'distro-y', versions: { '1.0.0': {} } };
  await expect(read(answer)).rejects.toMatchObject({ code: 'PLUGIN_NPM_FAILED' });
});
