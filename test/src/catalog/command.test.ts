/** `loopstick catalog sync` and what shows its outcome, as a user types it. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createScene, type Scene } from '../harness/scene.ts';
import { FEDORA, UBUNTU } from './sites.ts';
import { serveVendors, type VendorServer } from './vendor-server.ts';

let scene: Scene;
let vendors: VendorServer;

beforeEach(async () => {
  scene = await createScene();
  vendors = await serveVendors({ ...UBUNTU, ...FEDORA });
  await mkdir(`${scene.home}/config`, { recursive: true });
  // The sources of the others would ask the real web.
  const plugins = await readdir(new URL('../../../plugins', import.meta.url));
  const disabled = plugins.filter((name) => /^distro-(?!(?:ubuntu|fedora)$)/.test(name));
  const settings = { catalog: { origins: vendors.origins }, plugins: { disabled } };
  await writeFile(`${scene.home}/config/settings.json`, JSON.stringify(settings));
});
afterEach(async () => {
  await vendors.close();
  await scene.remove();
});

const SOURCES = ['--source', 'distro-ubuntu', '--source', 'distro-fedora'];

interface Status {
  readonly source: string;
  readonly state: string;
}

describe('catalog sync', () => {
  it('says of each source what became of it, and lets the other commands show it', async () => {
    const first = await scene.run(['catalog', 'sync', ...SOURCES, '--require-fresh', '--json']);
    expect(first.exitCode, first.stderr).toBe(0);
    const { fresh, sources } = JSON.parse(first.stdout) as { fresh: boolean; sources: Status[] };
    expect(fresh).toBe(true);
    expect(sources.map(({ source, state }) => `${source} ${state}`)).toEqual([
      'upstream:distro-ubuntu updated',
      'upstream:distro-fedora updated',
    ]);

    const listed = await scene.run(['catalog', 'list', 'ubuntu@16.04', '--json']);
    expect(JSON.parse(listed.stdout)).toContainEqual(
      expect.objectContaining({
        id: 'ubuntu/16.04.7/desktop/x86_64',
        evidence: expect.objectContaining({ level: 'signed' }) as unknown,
      }),
    );
    const known = await scene.run(['catalog', 'sources', '--json']);
    expect(JSON.parse(known.stdout)).toContainEqual(
      expect.objectContaining({ source: 'upstream:distro-fedora', layer: 'upstream', failures: 0 }),
    );
    const changes = await scene.run(['catalog', 'diff', ...SOURCES]);
    expect(changes.stdout).toContain('upstream:distro-ubuntu');
  });

  it('in the background says nothing, and asks nobody before it is time to', async () => {
    const first = await scene.run(['catalog', 'sync', '--background']);
    expect([first.exitCode, first.stdout]).toEqual([0, '']);
    const asked = vendors.log.length;
    expect(asked).toBeGreaterThan(0);
    expect((await scene.run(['catalog', 'sync', '--background'])).exitCode).toBe(0);
    expect(vendors.log).toHaveLength(asked);
    const known = await scene.run(['catalog', 'sync', '--offline', '--require-fresh']);
    expect(known.exitCode, known.stderr).toBe(0);
  });

  it('prints its document also when nothing can be kept', async () => {
    await mkdir(`${scene.home}/data`, { recursive: true });
    await writeFile(`${scene.home}/data/catalog`, 'in the way of a folder');
    const failed = await scene.run(['catalog', 'sync', ...SOURCES, '--json']);
    expect([failed.exitCode, failed.error?.code]).toEqual([11, 'ENOTDIR']);
    expect(JSON.parse(failed.stdout)).toEqual({ fresh: false, sources: [] });
  });

  it('fails when all of it fails, and when what is there has to be fresh and is not', async () => {
    await vendors.close();
    const failed = await scene.run(['catalog', 'sync', ...SOURCES, '--json']);
    expect([failed.exitCode, failed.error?.code]).toEqual([6, 'CATALOG_SYNC_FAILED']);
    const offline = await scene.run(['catalog', 'sync', '--offline', '--require-fresh', '--json']);
    expect([offline.exitCode, offline.error?.code]).toEqual([6, 'CATALOG_NOT_FRESH']);
    const nothing = await scene.run(['catalog', 'sync', '--offline', '--json']);
    expect([nothing.exitCode, nothing.error?.code]).toEqual([6, 'CATALOG_NOTHING_KNOWN']);
    const unknown = await scene.run(['catalog', 'sync', '--source', 'nobody', '--json']);
    expect([unknown.exitCode, unknown.error?.code]).toEqual([3, 'CATALOG_UNKNOWN_SOURCE']);
  });
});
