/** The folder of a registry as its publisher has it. */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { describeIssues, failure, messageOf, systemCode } from '@loopstick/core';
import { Metadata, MetadataKind, type Root, type Snapshot, type Targets, type Timestamp } from '@tufjs/models';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { METADATA_FOLDER, TARGETS_FOLDER } from '../tuf/roles.ts';
import { registrySettingsSchema, type RegistrySettings } from './registry-settings.ts';

export interface RegistryFolder {
  readonly directory: string;
  readonly settingsFile: string;
  /** What will be published: the targets as they are to be. */
  readonly content: string;
  /** What a web server shows. */
  readonly metadata: string;
  readonly targets: string;
  /** Where keys are unless they were brought to a safer place. */
  readonly keys: string;
  readonly lock: string;
}

/** What readers are given at present. Everything but the root is missing before the first publication. */
export interface PublishedMetadata {
  readonly root: Metadata<Root>;
  readonly targets?: Metadata<Targets> | undefined;
  readonly snapshot?: Metadata<Snapshot> | undefined;
  readonly timestamp?: Metadata<Timestamp> | undefined;
}

export function registryFolder(directory: string): RegistryFolder {
  const root = resolve(directory);
  return {
    directory,
    settingsFile: join(root, 'registry.json'),
    content: join(root, 'content'),
    metadata: join(root, 'public', METADATA_FOLDER),
    targets: join(root, 'public', TARGETS_FOLDER),
    keys: join(root, 'keys'),
    lock: join(root, '.publishing'),
  };
}

/** @throws LoopstickError REGISTRY_NOT_FOUND, REGISTRY_DAMAGED */
export async function readRegistrySettings({ directory, settingsFile }: RegistryFolder): Promise<RegistrySettings> {
  try {
    const parsed = registrySettingsSchema.safeParse(JSON.parse(await readFile(settingsFile, 'utf8')));
    if (parsed.success) return parsed.data;
    throw new Error(describeIssues(parsed.error));
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw failure(REGISTRY_ERRORS.notARegistry, { directory }, { cause });
    if (code !== undefined) throw cause;
    throw failure(REGISTRY_ERRORS.damaged, { file: settingsFile, problem: messageOf(cause) }, { cause });
  }
}

/** @throws LoopstickError REGISTRY_DAMAGED */
export async function readPublished(folder: RegistryFolder): Promise<PublishedMetadata> {
  const roots = (await readdir(folder.metadata)).map((name) => Number(/^(\d+)\.root\.json$/.exec(name)?.[1] ?? 0));
  const root = await readMetadata(folder, `${Math.max(...roots, 0)}.root.json`, (json) =>
    Metadata.fromJSON(MetadataKind.Root, json),
  );
  if (root === undefined) {
    throw failure(REGISTRY_ERRORS.damaged, { file: folder.metadata, problem: 'there is no root' });
  }
  const timestamp = await readMetadata(folder, 'timestamp.json', (json) =>
    Metadata.fromJSON(MetadataKind.Timestamp, json),
  );
  if (timestamp === undefined) return { root };
  const snapshot = await readMetadata(folder, `${timestamp.signed.snapshotMeta.version}.snapshot.json`, (json) =>
    Metadata.fromJSON(MetadataKind.Snapshot, json),
  );
  const version = snapshot?.signed.meta['targets.json']?.version ?? 0;
  const targets = await readMetadata(folder, `${version}.targets.json`, (json) =>
    Metadata.fromJSON(MetadataKind.Targets, json),
  );
  return { root, targets, snapshot, timestamp };
}

type Json = Parameters<typeof Targets.fromJSON>[0];

async function readMetadata<T>(folder: RegistryFolder, name: string, parse: (json: Json) => T): Promise<T | undefined> {
  const file = join(folder.metadata, name);
  try {
    return parse(JSON.parse(await readFile(file, 'utf8')) as Json);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT') return undefined;
    if (code !== undefined) throw cause;
    throw failure(REGISTRY_ERRORS.damaged, { file, problem: messageOf(cause) }, { cause });
  }
}
