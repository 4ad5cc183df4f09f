import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { catalogEntries, createEngine, loadCatalog, parseSettings, selectImage, type Catalog } from '@loopstick/core';
import { describe, expect, onTestFinished, test } from 'vitest';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
// Fedora 41 has ended and 42 has not.
const NOW = new Date('2026-01-01T00:00:00Z');

/** Runs the generator of the plugin in `folder`. */
async function generate(folder: string, ...args: string[]): Promise<unknown> {
  return promisify(execFile)(process.execPath, [join(folder, 'scripts/make-catalog.mjs'), ...args]);
}

/** A copy of what the generator needs, free to be spoilt. */
async function copyOfPlugin(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-fedora-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const part of ['scripts', 'upstream', 'catalog.json', 'package.json']) {
    await cp(join(PLUGIN, part), join(folder, part), { recursive: true });
  }
  return folder;
}

/** The catalog as the engine gives it, with every warning counted as a mistake. */
async function loaded(): Promise<Catalog> {
  const engine = await createEngine({
    plugins: [PLUGIN],
    settings: parseSettings({}, 'none'),
    context: { env: { LOOPSTICK_HOME: '/nonexistent' } },
  });
  const warnings: unknown[] = [];
  engine.events.on('warning', (warning) => warnings.push(warning));
  const catalog = await loadCatalog(engine, { signal: new AbortController().signal });
  expect(warnings).toEqual([]);
  return catalog;
}

interface Upstream {
  readonly link: string;
  readonly sha256: string;
  readonly size: string;
}

describe('the generator', () => {
  test('makes catalog.json from upstream/, byte for byte', async () => {
    await generate(PLUGIN, '--check');
    const copy = await copyOfPlugin();
    await rm(join(copy, 'catalog.json'));
    await generate(copy);
    expect(await readFile(join(copy, 'catalog.json'))).toEqual(await readFile(join(PLUGIN, 'catalog.json')));
  });

  test('notices a catalog that was edited by hand', async () => {
    const copy = await copyOfPlugin();
    const catalog = join(copy, 'catalog.json');
    await writeFile(catalog, (await readFile(catalog, 'utf8')).replace('"tls"', '"none"'));
    await expect(generate(copy, '--check')).rejects.toThrow('is not what upstream/ gives');
  });

  test('refuses an image of a place it does not know', async () => {
    const copy = await copyOfPlugin();
    const list = join(copy, 'upstream/releases.json');
    const spoilt = (await readFile(list, 'utf8')).replaceAll(
      'https://download.fedoraproject.org',
      'https://evil.example',
    );
    await writeFile(list, spoilt);
    await expect(generate(copy)).rejects.toThrow('an unknown place');
  });
});

describe('upstream/', () => {
  test('holds exactly the files that ORIGIN.md describes', async () => {
    const upstream = join(PLUGIN, 'upstream');
    const origin = await readFile(join(upstream, 'ORIGIN.md'), 'utf8');
    const files = (await readdir(upstream)).filter((name) => name !== 'ORIGIN.md');
    expect(files).toHaveLength(origin.match(/`[0-9a-f]{64}`/g)?.length ?? 0);
    for (const name of files) {
      const digest = createHash('sha256').update(await readFile(join(upstream, name)));
      expect(origin).toContain(`\`${digest.digest('hex')}\``);
    }
  });
});

describe('the embedded catalog', () => {
  test('says of every image what the vendor’s list says', async () => {
    const list = JSON.parse(await readFile(join(PLUGIN, 'upstream/releases.json'), 'utf8')) as Upstream[];
    const images = catalogEntries(await loaded());
    expect(images.length).toBeGreaterThan(100);
    for (const { image } of images) {
      const said = list.find(({ link }) => basename(link) === image.file);
      expect(image).toMatchObject({ size: Number(said?.size), checksums: { sha256: said?.sha256 } });
      expect(image.mirrors).toContain(said?.link);
      expect(image.mirrors.every((url) => basename(new URL(url).pathname) === image.file)).toBe(true);
      expect(image.evidence).toMatchObject({
        level: 'tls',
        origin: { location: expect.stringContaining('MediaWriter') },
      });
    }
  });

  test('tells live systems from installers, and leaves out what does not belong on a stick', async () => {
    for (const { image } of catalogEntries(await loaded())) {
      expect(image.kind).toBe(image.file.includes('-Live-') ? 'live' : 'installer');
      expect(image.file).not.toMatch(/-osb-|provisioner/);
      expect(['x86_64', 'aarch64']).toContain(image.arch);
    }
  });

  test('knows when a release ends, and where it has that from', async () => {
    const releases = (await loaded()).distributions[0]!.releases;
    expect(releases.map(({ version, released, endOfLife }) => [version, released, endOfLife])).toEqual([
      ['42', '2025-04-15', '2026-05-26'],
      ['41', '2024-10-29', '2025-11-25'],
      ['40', '2024-04-23', '2025-05-13'],
    ]);
    expect(releases[0]?.provenance).toMatchObject({
      released: { origin: { location: expect.stringContaining('release-data') } },
      endOfLife: { origin: { title: expect.stringContaining('Computed') } },
    });
  });

  test.each([
    ['fedora', 'fedora/42/workstation/x86_64', 'Fedora-Workstation-Live-42-1.1.x86_64.iso'],
    ['fedora@42/kde', 'fedora/42/kde/x86_64', 'Fedora-KDE-Desktop-Live-42-1.1.x86_64.iso'],
    ['fedora@41', 'fedora/41/workstation/x86_64', 'Fedora-Workstation-Live-x86_64-41-1.4.iso'],
    ['fedora@40', 'fedora/40/workstation/x86_64', 'Fedora-Workstation-Live-x86_64-40-1.14.iso'],
    ['fedora@42/server', 'fedora/42/server/x86_64', 'Fedora-Server-dvd-x86_64-42-1.1.iso'],
    ['fedora@42/server-netinst', 'fedora/42/server-netinst/x86_64', 'Fedora-Server-netinst-x86_64-42-1.1.iso'],
    ['fedora@42/arm64', 'fedora/42/workstation/aarch64', 'Fedora-Workstation-Live-42-1.1.aarch64.iso'],
  ])('takes %s for %s', async (reference, id, file) => {
    expect(selectImage(await loaded(), reference, NOW).image).toMatchObject({ id, file });
  });

  test('looks for a release that has ended in the archive first', async () => {
    const catalog = await loaded();
    expect(selectImage(catalog, 'fedora@40', NOW).image.mirrors[0]).toBe(
      'https://archives.fedoraproject.org/pub/archive/fedora/linux/releases/40/Workstation/x86_64/iso/Fedora-Workstation-Live-x86_64-40-1.14.iso',
    );
  });
});
