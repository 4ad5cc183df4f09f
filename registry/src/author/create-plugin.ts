import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ENGINE_VERSION, failure, inspectPlugin, systemCode, type PluginManifest } from '@loopstick/core';

import { AUTHOR_ERRORS } from './author-errors.ts';

/** The kinds that there are templates for. */
export type CreatedKind = 'distro' | 'mirror-strategy' | 'transport' | 'bootloader';

export interface CreateOptions {
  readonly kind: CreatedKind;
  /** A document and no code; for distributions. */
  readonly data: boolean;
  readonly license: 'Apache-2.0' | 'MIT';
  /** The project becomes a folder in this one, with the plugin's name. */
  readonly parent: string;
  readonly now: Date;
  readonly signal: AbortSignal;
}

// As deep below the package as the bundle.
const TEMPLATES = fileURLToPath(new URL('../../templates/', import.meta.url));
const SUFFIX = '.template';
/** As in manifests (core/src/plugin/manifest-schema.ts): it is part of paths and of JSON here. */
const ID = /^(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*$/;

/**
 * Makes a project for a plugin, whose tests pass, in a new folder. Only whole ones stay.
 * @throws LoopstickError PLUGIN_NAME_INVALID, PLUGIN_KIND_NEEDS_CODE, PLUGIN_FOLDER_EXISTS; the system's own errors
 */
export async function createPlugin(id: string, options: CreateOptions): Promise<PluginManifest> {
  const { kind, data, license, parent, now, signal } = options;
  if (!ID.test(id)) throw failure(AUTHOR_ERRORS.badName, { name: id });
  if (data && kind !== 'distro') throw failure(AUTHOR_ERRORS.noData, { kind });
  const values: Readonly<Record<string, string>> = {
    ...{ id, kind, license, range: `^${ENGINE_VERSION}`, year: String(now.getUTCFullYear()) },
    distribution: id.replace(/^distro-(?=.)/, ''),
  };
  const folder = resolve(parent, id);
  await makeNew(folder);
  try {
    for (const from of ['common', data ? `${kind}-data` : kind]) await fill(join(TEMPLATES, from), folder, values);
    await fillFile(join(TEMPLATES, 'licenses', `${license}${SUFFIX}`), join(folder, 'LICENSE'), values);
    return await inspectPlugin(folder, signal);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function makeNew(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause;
    throw failure(AUTHOR_ERRORS.folderExists, { folder }, { cause });
  }
}

async function fill(template: string, folder: string, values: Readonly<Record<string, string>>): Promise<void> {
  for (const path of await readdir(template, { recursive: true })) {
    if (!path.endsWith(SUFFIX)) continue;
    await fillFile(join(template, path), join(folder, path.slice(0, -SUFFIX.length)), values);
  }
}

async function fillFile(from: string, to: string, values: Readonly<Record<string, string>>): Promise<void> {
  const text = await readFile(from, 'utf8');
  await mkdir(dirname(to), { recursive: true });
  await writeFile(
    to,
    text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole),
    { flag: 'wx' },
  );
}
