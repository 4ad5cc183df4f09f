import { lstat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { documentJson } from '../catalog/document-json.ts';
import { readCatalogFile } from '../catalog/file-source.ts';
import { parseCatalogDocument } from '../catalog/parse-document.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure, systemCode } from '../engine/errors.ts';
import { DATA_MANIFEST, documentIn } from './own-document.ts';
import { readManifest, type ManifestOptions, type PluginManifest } from './plugin-manifest.ts';

/**
 * Reads a plugin's manifest and all that it brings as data, as those do who publish or install it: what is wrong is to be
 * told then, and not when it is first used. No code of it is loaded.
 * @param options `anyEngine`: also one that is for a later engine, as far as this one understands it; `name`: its folder
 * @throws LoopstickError of readManifest; PLUGIN_FILE_MISSING, PLUGIN_MANIFEST_AMBIGUOUS; those of the documents
 */
export async function inspectPlugin(
  directory: string,
  signal: AbortSignal,
  options: ManifestOptions = {},
): Promise<PluginManifest> {
  const manifest = await readManifest(directory, options);
  const { id, catalog, distribution, mirrorLists, permissions } = manifest;
  await requireOneManifest(manifest, options);
  for (const file of [manifest.entry, catalog, distribution, mirrorLists]) {
    if (file !== undefined) await requireFile(manifest, file);
  }
  if (catalog !== undefined) {
    const json = documentIn(documentJson(await readCatalogFile(catalog, signal), catalog), catalog, 'catalog');
    parseCatalogDocument(json, `${id} ${relative(directory, catalog)}`);
  }
  const owner = { id, directory, hosts: permissions.hosts };
  if (distribution !== undefined) {
    const { loadDescription } = await import('../distribution/load-description.ts');
    const { description, keysFor } = await loadDescription({ ...owner, file: distribution });
    // All keys: each rule names the versions that it is of.
    await keysFor(
      description.keys.flatMap(({ releases = ['*'] }) => releases.map((rule) => rule.replace(/\.?\*$/, ''))),
    );
  }
  if (mirrorLists !== undefined) {
    const { readMirrorLists } = await import('../distribution/mirror-list-document.ts');
    await readMirrorLists({ ...owner, file: mirrorLists });
  }
  return manifest;
}

/** @throws LoopstickError PLUGIN_FILE_MISSING */
async function requireFile({ id, directory }: PluginManifest, file: string): Promise<void> {
  const found = await lstat(file).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  });
  if (found?.isFile() === true) return;
  throw failure(ENGINE_ERRORS.fileOfPlugin, { plugin: id, file: relative(directory, file) }, { pluginId: id });
}

/** Of two manifests people would read one and Loopstick the other. @throws LoopstickError PLUGIN_MANIFEST_AMBIGUOUS */
async function requireOneManifest(
  { id, directory, ...documents }: PluginManifest,
  { name = directory }: ManifestOptions,
): Promise<void> {
  const own = join(directory, DATA_MANIFEST);
  const isOwn = [documents.catalog, documents.distribution, documents.mirrorLists].some(
    (file) => file !== undefined && dirname(file) === directory && file === own,
  );
  if (isOwn) return;
  const found = await lstat(own).catch(() => undefined);
  const packageJson = await lstat(join(directory, 'package.json')).catch(() => undefined);
  if (found === undefined || packageJson === undefined) return;
  throw failure(ENGINE_ERRORS.twoManifests, { plugin: id, directory: name }, { pluginId: id });
}
