/** The targets of a registry as they are to be: files in its `content` folder. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import {
  documentJson,
  failure,
  makeFolder,
  readNamedCatalogFile,
  systemCode,
  writeFileDurably,
  type Context,
} from '@loopstick/core';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { CONTENT_KINDS, type ContentKind } from './content-kinds.ts';
import { checkPlugins, pluginTargets } from './plugin-content.ts';
import { alone } from './publish-lock.ts';
import { readRegistrySettings, registryFolder, type RegistryFolder } from './registry-folder.ts';

/** One target as it is to be. */
export interface ContentFile {
  /** `catalog/rescue.json` */
  readonly target: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

export interface AddOptions extends Pick<Context, 'random'> {
  /** What to call it; missing, that of the file. */
  readonly name?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Puts a document into the registry, in place of one of the same name; readers see it after the next publication.
 * @throws LoopstickError REGISTRY_NOT_FOUND, REGISTRY_BAD_NAME, REGISTRY_CONFLICT, FILE_NOT_FOUND, CATALOG_MALFORMED,
 *   CATALOG_SCHEMA_UNSUPPORTED, CATALOG_FILE_UNREADABLE, CATALOG_FILE_TOO_LARGE; the system's own errors
 */
export async function addContent(
  directory: string,
  file: string,
  { name, random, signal }: AddOptions,
): Promise<{ readonly target: string; readonly replaced: boolean }> {
  const folder = registryFolder(directory);
  await readRegistrySettings(folder);
  const bytes = await readNamedCatalogFile(file, signal);
  const json = documentJson(bytes, file);
  const kind = CONTENT_KINDS.find((each) => each.recognises(json)) ?? CONTENT_KINDS[0];
  kind?.check(json, file);
  const target = targetName(name ?? basename(file).replace(/\.json$/i, ''), kind);
  return alone(folder, async () => {
    const others = (await contentOf(folder)).filter((other) => other.target !== target);
    if (kind !== undefined) requireDistinct(json, target, others, kind);
    const path = join(folder.content, target);
    const replaced = (await targetNames(folder)).includes(target);
    await makeFolder(dirname(path));
    await writeFileDurably(path, bytes, Buffer.from(random(6)).toString('hex'));
    return { target, replaced };
  });
}

/**
 * Takes a document out of the registry, by its target or its name.
 * @throws LoopstickError REGISTRY_NOT_FOUND, REGISTRY_NO_SUCH_CONTENT
 */
export async function removeContent(directory: string, name: string): Promise<{ readonly target: string }> {
  const folder = registryFolder(directory);
  await readRegistrySettings(folder);
  return alone(folder, async () => {
    const targets = await documentTargets(folder);
    const target = targets.find((each) => each === name || each.replace(/\.json$/, '') === name || stem(each) === name);
    if (target === undefined) {
      throw failure(REGISTRY_ERRORS.contentMissing, { target: name, known: targets.join(', ') || 'nothing' });
    }
    await rm(join(folder.content, target));
    return { target };
  });
}

/** All that is to be published, by target. */
export async function contentOf(folder: RegistryFolder): Promise<ContentFile[]> {
  return Promise.all(
    (await targetNames(folder)).map(async (target) =>
      contentFile(target, await readFile(join(folder.content, target))),
    ),
  );
}

/**
 * Somebody may have changed a file by hand since it was added.
 * @throws as addContent
 */
export function checkContent(files: readonly ContentFile[]): void {
  for (const kind of CONTENT_KINDS) {
    const own = files.filter(({ target }) => target.startsWith(`${kind.folder}/`));
    for (const [index, { target, bytes }] of own.entries()) {
      const json = documentJson(bytes, target);
      kind.check(json, target);
      requireDistinct(json, target, own.slice(0, index), kind);
    }
  }
  checkPlugins(files);
}

export function contentFile(target: string, bytes: Uint8Array): ContentFile {
  return { target, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function targetNames(folder: RegistryFolder): Promise<string[]> {
  return [...(await documentTargets(folder)), ...(await pluginTargets(folder.content))].sort();
}

async function documentTargets({ content }: RegistryFolder): Promise<string[]> {
  const inFolders = await Promise.all(
    CONTENT_KINDS.map(async ({ folder }) => {
      const names = await readdir(join(content, folder)).catch((error: unknown) => {
        if (systemCode(error) === 'ENOENT') return [];
        throw error;
      });
      return names.filter((name) => /^[a-z0-9][a-z0-9.-]*\.json$/.test(name)).map((name) => `${folder}/${name}`);
    }),
  );
  return inFolders.flat().sort();
}

function targetName(name: string, kind: ContentKind | undefined): string {
  if (kind === undefined || name.length > 64 || !/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/.test(name)) {
    throw failure(REGISTRY_ERRORS.badName, { name, what: 'a document' });
  }
  return `${kind.folder}/${name}.json`;
}

/** What two documents say of the same thing would depend on chance. @throws LoopstickError REGISTRY_CONFLICT */
function requireDistinct(json: unknown, target: string, others: readonly ContentFile[], kind: ContentKind): void {
  const ids = new Set(kind.ids(json));
  for (const other of others.filter((each) => each.target.startsWith(`${kind.folder}/`))) {
    const image = kind.ids(documentJson(other.bytes, other.target)).find((id) => ids.has(id));
    if (image !== undefined) {
      throw failure(REGISTRY_ERRORS.contentConflict, { image, first: other.target, second: target });
    }
  }
}

function stem(target: string): string {
  return basename(target, '.json');
}
