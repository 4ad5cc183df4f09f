import { fileURLToPath } from 'node:url';

import { catalogEntries, createEngine, loadCatalog, type ListedImage } from '@loopstick/core';
import { describe, expect, test } from 'vitest';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const FEED = 'https://launchpad.net/ubuntu/+cdmirrors-rss';
const signal = new AbortController().signal;

/** What the plugin's document says of an image. */
async function cdMirrors(listed: ListedImage): Promise<unknown> {
  const engine = await createEngine({ plugins: [PLUGIN], context: { env: { LOOPSTICK_HOME: '/nonexistent' } } });
  return (await engine.mirrorLists(listed, signal))[0]?.lists;
}

function image(...urls: string[]): ListedImage {
  const file = 'ubuntu-24.04.4-desktop-amd64.iso';
  const id = 'ubuntu/24.04.4/desktop/x86_64';
  return { id, distribution: 'ubuntu', version: '24.04.4', variant: 'desktop', arch: 'x86_64', file, urls };
}

describe('the mirrors of CD images', () => {
  test('have what is on releases.ubuntu.com, by the same path', async () => {
    const lists = await cdMirrors(
      image(
        'https://mirror.example.org/x.iso',
        'https://releases.ubuntu.com/noble/a.iso',
        'https://old-releases.ubuntu.com/releases/noble/a.iso',
      ),
    );
    expect(lists).toEqual([{ format: 'launchpad', url: FEED, path: 'noble/a.iso' }]);
  });

  test.each([
    [
      'an ended release',
      'https://old-releases.ubuntu.com/releases/impish/a.iso',
      'https://releases.ubuntu.com/impish/a.iso',
    ],
    ['a port or a flavour', 'https://cdimage.ubuntu.com/releases/bionic/release/a.iso'],
    ['what is elsewhere', 'https://mirror.example.org/noble/a.iso', 'no address'],
    ['a folder', 'https://releases.ubuntu.com/noble/'],
    ['what is oddly written', 'https://releases.ubuntu.com/%zz/a.iso'],
  ])('have nothing of %s', async (_, ...urls) => {
    expect(await cdMirrors(image(...urls))).toEqual([]);
  });
});

test('the plugin says so for images of its catalog', async () => {
  const engine = await createEngine({ plugins: [PLUGIN], context: { env: { LOOPSTICK_HOME: '/nonexistent' } } });
  const entries = catalogEntries(await loadCatalog(engine, { signal }));
  const found = new Map<string, unknown>();
  for (const { release, image: each } of entries) {
    const { id, variant, arch, file, mirrors: urls } = each;
    const listed = { id, distribution: 'ubuntu', version: release.version, variant, arch, file, urls };
    const [known] = await engine.mirrorLists(listed, signal);
    found.set(id, known?.lists);
  }
  expect(found.get('ubuntu/26.04/server/x86_64')).toEqual([
    { format: 'launchpad', url: FEED, path: 'resolute/ubuntu-26.04-live-server-amd64.iso' },
  ]);
  expect(found.get('ubuntu/25.10/desktop/x86_64')).toEqual([]);
  expect(found.get('ubuntu/18.04.6/server-alternate/x86_64')).toEqual([]);
});
