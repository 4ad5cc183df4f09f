import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { describeIssues, failure, makeFolder, systemCode, writeFileDurably, type Context } from '@loopstick/core';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import type { RegistryDescription } from '../tuf/description.ts';
import { ROLES, type Role } from '../tuf/roles.ts';
import { createKey, type SigningKey } from './keys.ts';
import { registryFolder } from './registry-folder.ts';
import { DEFAULT_DAYS, registrySettingsSchema } from './registry-settings.ts';
import { requireThreshold, rootDocument, type RoleKeys } from './root-document.ts';
import { fileOf, signFor } from './sign.ts';

export interface InitOptions {
  readonly description: RegistryDescription;
  /** How many keys a role has, and how many of them have to sign; one of one when nothing is said. */
  readonly keys?: Partial<Record<Role, { readonly count: number; readonly threshold: number }>> | undefined;
  readonly days?: Partial<Record<Role, number>> | undefined;
  /** In place of `keys` in the registry's folder. */
  readonly keyFolder?: string | undefined;
}

export interface InitResult {
  readonly directory: string;
  /** The file that readers are to be given, on a way that they trust. */
  readonly root: string;
  readonly keys: readonly { readonly role: Role; readonly id: string; readonly file: string }[];
}

/**
 * Makes a new registry in an empty folder, with keys and a first root. Either all of it is there in the end, or nothing.
 * @throws LoopstickError REGISTRY_EXISTS, REGISTRY_BAD_THRESHOLD, REGISTRY_BAD_DESCRIPTION; the system's own errors
 */
export async function initRegistry(
  directory: string,
  options: InitOptions,
  context: Pick<Context, 'random' | 'now'>,
): Promise<InitResult> {
  const folder = registryFolder(directory);
  const wanted = (role: Role): { count: number; threshold: number } =>
    options.keys?.[role] ?? { count: 1, threshold: 1 };
  for (const role of ROLES) requireThreshold(role, wanted(role).count, wanted(role).threshold);
  const settings = registrySettingsSchema.safeParse({
    description: options.description,
    days: { ...DEFAULT_DAYS, ...options.days },
  });
  if (!settings.success) {
    throw failure(REGISTRY_ERRORS.badDescription, { problem: describeIssues(settings.error) });
  }
  await requireEmpty(directory);

  const unfinished = `${resolve(directory)}.${Buffer.from(context.random(6)).toString('hex')}.tmp`;
  const keys: SigningKey[] = [];
  try {
    const place = registryFolder(unfinished);
    const keyFolder = options.keyFolder ?? place.keys;
    for (const path of [place.metadata, place.targets, place.content]) await makeFolder(path);
    const roles: Partial<Record<Role, RoleKeys>> = {};
    for (const role of ROLES) {
      const own: SigningKey[] = [];
      while (own.length < wanted(role).count) {
        const key = await createKey(keyFolder, role, context);
        own.push(key);
        keys.push(key);
      }
      roles[role] = { keys: own, threshold: wanted(role).threshold };
    }
    const root = rootDocument(1, roles as Record<Role, RoleKeys>, {
      now: context.now(),
      days: settings.data.days.root,
    });
    signFor('root', root, root, new Map(keys.map((key) => [key.id, key])));
    await writeFileDurably(join(place.metadata, '1.root.json'), fileOf(root), 'new');
    await writeFileDurably(place.settingsFile, `${JSON.stringify(settings.data, null, 2)}\n`, 'new');
    // Over an empty folder, if there is one (rename(2)).
    await rename(unfinished, resolve(directory));
    return {
      directory,
      root: join(folder.metadata, '1.root.json'),
      keys: keys.map(({ role, id, file }) => ({ role, id, file: file.replace(place.keys, folder.keys) })),
    };
  } catch (error) {
    // In a folder elsewhere they would stay, of no use for anything.
    for (const { file } of keys) await rm(file, { force: true });
    throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** @throws LoopstickError REGISTRY_EXISTS */
async function requireEmpty(directory: string): Promise<void> {
  try {
    if ((await readdir(directory)).length === 0) return;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return makeFolder(dirname(resolve(directory)));
    if (systemCode(error) !== 'ENOTDIR') throw error;
  }
  throw failure(REGISTRY_ERRORS.exists, { directory });
}
