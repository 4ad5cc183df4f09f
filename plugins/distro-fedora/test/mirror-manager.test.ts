import { fileURLToPath } from 'node:url';

import { catalogEntries, createEngine, loadCatalog, type ListedImage } from '@loopstick/core';
import { describe, expect, test } from 'vitest';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const signal = new AbortController().signal;

/** What the plugin's document says of an image. */
async function mirrorManager(listed: ListedImage): Promise<unknown> {
  const engine = await createEngine({ plugins: [PLUGIN], context: { env: { LOOPSTICK_HOME: '/nonexistent' } } });
  return (await engine.mirrorLists(listed, signal))[0]?.lists;
}

const FOLDER = 'releases/44/Workstation/x86_64/iso/';
const FILE = 'Fedora-Workstation-Live-44-1.7.x86_64.iso';

function image(...urls: string[]): ListedImage {
  const id = 'fedora/44/workstation/x86_64';
  return { id, distribution: 'fedora', version: '44', variant: 'workstation', arch: 'x86_64', file: FILE, urls };
}

describe('the list of MirrorManager', () => {
  test.each([
    ['of a release', 'download.fedoraproject.org', 'pub/fedora/linux'],
    ['of the master', 'dl.fedoraproject.org', 'pub/fedora/linux'],
    ['of another architecture', 'dl.fedoraproject.org', 'pub/fedora-secondary'],
    ['of a lab', 'download.fedoraproject.org', 'pub/alt'],
    ['of an ended release', 'archives.fedoraproject.org', 'pub/archive/fedora/linux'],
  ])('%s is asked for by its folder', async (_, host, root) => {
    const lists = await mirrorManager(
      image(
        'https://mirror.example.org/x.iso',
        `https://${host}/${root}/${FOLDER}${FILE}`,
        'https://dl.fedoraproject.org/',
      ),
    );
    expect(lists).toEqual([
      {
        format: 'mirrorlist',
        url: `https://mirrors.fedoraproject.org/mirrorlist?path=${root}/${FOLDER}`,
        path: FILE,
        tree: `${FOLDER}${FILE}`,
      },
    ]);
  });

  test.each([
    ['elsewhere', 'https://mirror.example.org/pub/fedora/linux/releases/44/x.iso'],
    ['outside of what is mirrored', 'https://dl.fedoraproject.org/pub/other/x.iso'],
    ['in no folder', 'https://dl.fedoraproject.org/pub/alt/x.iso'],
    ['nowhere', 'no address'],
  ])('does not exist for what is %s', async (_, url) => {
    expect(await mirrorManager(image(url))).toEqual([]);
  });

  test('is known to the engine for every image of the catalog', async () => {
    const engine = await createEngine({ plugins: [PLUGIN], context: { env: { LOOPSTICK_HOME: '/nonexistent' } } });
    const entries = catalogEntries(await loadCatalog(engine, { signal }));
    expect(entries.length).toBeGreaterThan(100);
    for (const { release, image: each } of entries) {
      const { id, variant, arch, file, mirrors: urls } = each;
      const listed = { id, distribution: 'fedora', version: release.version, variant, arch, file, urls };
      expect(await engine.mirrorLists(listed, signal)).toMatchObject([
        { source: 'distro-fedora', lists: [{ format: 'mirrorlist', path: file }] },
      ]);
    }
  });
});
