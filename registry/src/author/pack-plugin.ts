import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { inspectPlugin, type PluginManifest } from '@loopstick/core';
import { create } from 'tar';

import { requireSelfContained, writePackage } from '../plugins/inspect-package.ts';
import { packageContent } from '../plugins/package-content.ts';
import { integrityOf } from '../plugins/package-files.ts';
import { readTarball } from '../plugins/read-tarball.ts';

export interface PackedPlugin {
  readonly manifest: PluginManifest;
  readonly tarball: Uint8Array;
  /** As npm writes it. */
  readonly integrity: string;
  /** Their paths. */
  readonly files: readonly string[];
}

/** What npm gives to all files of all packages. */
const MADE = new Date('1985-10-26T08:15:00Z');

/**
 * Makes the package of a plugin: the same files, the same bytes. What could be installed nowhere is not packed; which
 * engines it is for is its author's to say.
 * @throws LoopstickError of packageContent, inspectPlugin, requireSelfContained and readTarball
 */
export async function packPlugin(directory: string, signal: AbortSignal): Promise<PackedPlugin> {
  // First the folder itself, so that errors name it.
  await inspectPlugin(directory, signal, { anyEngine: true });
  const content = await packageContent(directory);
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-pack-'));
  try {
    const unpacked = join(folder, 'package');
    await writePackage(content, unpacked);
    const manifest = await inspectPlugin(unpacked, signal, { anyEngine: true });
    requireSelfContained(manifest, content);
    const files = content.map(({ path }) => path);
    const file = join(folder, 'package.tgz');
    const fixed = { portable: true, noPax: true, mtime: MADE, gzip: { portable: true, level: 9 } };
    await create({ ...fixed, cwd: unpacked, prefix: 'package', file }, files);
    signal.throwIfAborted();
    const tarball = await readFile(file);
    await readTarball(tarball, `${manifest.id}-${manifest.version}.tgz`);
    return { manifest: { ...manifest, directory }, tarball, integrity: integrityOf(tarball), files };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
