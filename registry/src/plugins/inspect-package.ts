import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { failure, inspectPlugin, type PluginManifest } from '@loopstick/core';

import type { PackageFile } from './package-files.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';

/**
 * Unpacks a package and looks at all that it brings, as for publishing: also one for other engines than this, as readers
 * choose by what theirs is.
 * @throws LoopstickError of inspectPlugin and requireSelfContained; the system's own errors
 */
export async function inspectPackage(files: readonly PackageFile[], signal: AbortSignal): Promise<PluginManifest> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-plugin-'));
  try {
    await writePackage(files, folder);
    const manifest = await inspectPlugin(folder, signal, { anyEngine: true });
    requireSelfContained(manifest, files);
    return manifest;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the files of a package into an empty folder, so that they survive a power loss. */
export async function writePackage(files: readonly PackageFile[], folder: string): Promise<void> {
  const made = new Set<string>();
  for (const { path, bytes } of files) {
    const file = join(folder, path);
    if (!made.has(dirname(file))) await mkdir(dirname(file), { recursive: true });
    made.add(dirname(file));
    const handle = await open(file, 'wx', 0o644);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** What an entry could bring in, or the system would run. */
const CODE = /\.(?:[cm]?[jt]sx?|node|wasm|so|dll|dylib|exe|sh)$/i;

/**
 * A plugin brings all that it needs, and one that is said to be data brings nothing else.
 * @throws LoopstickError PLUGIN_NOT_SELF_CONTAINED, PLUGIN_CODE_IN_DATA
 */
export function requireSelfContained({ id, entry }: PluginManifest, files: readonly PackageFile[]): void {
  const names = wantedPackages(files).filter((name) => name !== '@loopstick/core');
  if (names.length > 0) {
    const values = { plugin: id, packages: names.slice(0, 5).join(', ') };
    throw failure(PLUGIN_ERRORS.notSelfContained, values, { pluginId: id });
  }
  const code = entry === undefined ? files.find(({ path }) => CODE.test(path)) : undefined;
  if (code !== undefined) throw failure(PLUGIN_ERRORS.codeInData, { plugin: id, path: code.path }, { pluginId: id });
}

/** What the package.json asks for at run time. Its other parts were checked, and what is no object asks for nothing. */
function wantedPackages(files: readonly PackageFile[]): string[] {
  const file = files.find(({ path }) => path === 'package.json');
  const json = file === undefined ? {} : (JSON.parse(Buffer.from(file.bytes).toString()) as Record<string, unknown>);
  return ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies', 'bundledDependencies']
    .map((field) => json[field])
    .flatMap((wanted) =>
      Array.isArray(wanted)
        ? wanted.map(String)
        : typeof wanted === 'object' && wanted !== null
          ? Object.keys(wanted)
          : wanted === true
            ? ['all that it bundles']
            : [],
    );
}
