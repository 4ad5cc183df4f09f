/** The plugins of a registry as they are to be: `index.json`, and a tarball for each release, below `content/plugins`. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  describeIssues,
  failure,
  makeFolder,
  messageOf,
  systemCode,
  writeFileDurably,
  type Context,
} from '@loopstick/core';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { EMPTY_INDEX, pluginIndexSchema, type PluginIndex } from '../tuf/plugin-index.ts';
import { packageTarget, PLUGIN_INDEX, PLUGINS_FOLDER } from '../tuf/roles.ts';
import type { ContentFile } from './content.ts';
import type { RegistryFolder } from './registry-folder.ts';

/** Empty before the first plugin. @throws LoopstickError REGISTRY_DAMAGED; the system's own errors */
export async function readIndex({ content }: Pick<RegistryFolder, 'content'>): Promise<PluginIndex> {
  const file = join(content, PLUGIN_INDEX);
  try {
    return parseIndex(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return EMPTY_INDEX;
    throw error;
  }
}

export async function writeIndex(
  { content }: RegistryFolder,
  index: PluginIndex,
  { random }: Pick<Context, 'random'>,
): Promise<void> {
  const plugins = Object.fromEntries(Object.entries(index.plugins).sort(([a], [b]) => (a < b ? -1 : 1)));
  await makeFolder(join(content, PLUGINS_FOLDER));
  const json = `${JSON.stringify({ ...index, plugins }, null, 2)}\n`;
  await writeFileDurably(join(content, PLUGIN_INDEX), json, Buffer.from(random(6)).toString('hex'));
}

/** The targets that are there. What the index does not name is what an interrupted change has left. */
export async function pluginTargets(content: string): Promise<string[]> {
  const index = await readIndex({ content });
  const packages = packagesOf(index).map(({ target }) => target);
  return Object.keys(index.plugins).length === 0 ? [] : [PLUGIN_INDEX, ...packages];
}

/** Somebody may have changed a file by hand. @throws LoopstickError REGISTRY_DAMAGED */
export function checkPlugins(files: readonly ContentFile[]): void {
  const all = new Map(files.map((file) => [file.target, file]));
  const own = all.get(PLUGIN_INDEX);
  if (own === undefined) return;
  for (const { target, integrity } of packagesOf(parseIndex(Buffer.from(own.bytes).toString(), PLUGIN_INDEX))) {
    const bytes = all.get(target)?.bytes;
    const actual = bytes && `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (actual === integrity) continue;
    const problem = 'it is not the tarball that was added';
    throw failure(REGISTRY_ERRORS.damaged, { file: target, problem });
  }
}

function packagesOf({ plugins }: PluginIndex): { readonly target: string; readonly integrity: string }[] {
  return Object.entries(plugins).flatMap(([id, { releases }]) =>
    releases.map(({ version, integrity }) => ({ target: packageTarget(id, version), integrity })),
  );
}

function parseIndex(json: string, file: string): PluginIndex {
  let problem: string;
  try {
    const parsed = pluginIndexSchema.safeParse(JSON.parse(json));
    if (parsed.success) return parsed.data;
    problem = describeIssues(parsed.error);
  } catch (error) {
    problem = messageOf(error);
  }
  throw failure(REGISTRY_ERRORS.damaged, { file, problem });
}
