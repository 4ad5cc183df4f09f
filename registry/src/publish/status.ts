import type { Context } from '@loopstick/core';

import { ROLES, type Role } from '../tuf/roles.ts';
import { contentOf } from './content.ts';
import { loadKeys } from './keys.ts';
import { descriptionFile } from './plan-publication.ts';
import { keyFolders, type PublishOptions } from './publish.ts';
import { readPublished, readRegistrySettings, registryFolder } from './registry-folder.ts';
import { rolesOf } from './root-document.ts';

export interface RoleStatus {
  readonly role: Role;
  /** Missing before the first publication. */
  readonly version?: number | undefined;
  readonly expires?: string | undefined;
  /** `soon`: less than a quarter of its time is left. */
  readonly state: 'unpublished' | 'good' | 'soon' | 'expired';
  readonly threshold: number;
  readonly keys: readonly { readonly id: string; readonly here: boolean }[];
}

export interface RegistryStatus {
  readonly title: string;
  readonly roles: readonly RoleStatus[];
  /** What readers will see after the next publication and do not see yet, by target. */
  readonly staged: {
    readonly added: readonly string[];
    readonly changed: readonly string[];
    readonly removed: readonly string[];
  };
  /** What readers see, by target. */
  readonly published: readonly string[];
}

/** @throws LoopstickError REGISTRY_NOT_FOUND, REGISTRY_DAMAGED, REGISTRY_KEY_UNUSABLE; the system's own errors */
export async function registryStatus(
  directory: string,
  options: Pick<PublishOptions, 'keyFolder'>,
  { now }: Pick<Context, 'now'>,
): Promise<RegistryStatus> {
  const folder = registryFolder(directory);
  const settings = await readRegistrySettings(folder);
  const metadata = await readPublished(folder);
  const keys = await loadKeys(keyFolders(folder, options));
  const roles = rolesOf(metadata.root);
  const at = now();

  const published = new Map(
    Object.values(metadata.targets?.signed.targets ?? {}).map(({ path, hashes }) => [path, hashes['sha256']]),
  );
  const content = [...(await contentOf(folder)), descriptionFile(settings)];
  const names = new Set(content.map(({ target }) => target));
  return {
    title: settings.description.title,
    roles: ROLES.map((role) => {
      const signed = metadata[role]?.signed;
      return {
        role,
        version: signed?.version,
        expires: signed?.expires,
        state: stateOf(signed?.expires, settings.days[role], at),
        threshold: roles[role].threshold,
        keys: roles[role].keys.map(({ id }) => ({ id, here: keys.has(id) })),
      };
    }),
    staged: {
      added: content.filter(({ target }) => !published.has(target)).map(({ target }) => target),
      changed: content
        .filter(({ target, sha256 }) => published.has(target) && published.get(target) !== sha256)
        .map(({ target }) => target),
      removed: [...published.keys()].filter((target) => !names.has(target)),
    },
    published: [...published.keys()],
  };
}

function stateOf(expires: string | undefined, days: number, now: Date): RoleStatus['state'] {
  if (expires === undefined) return 'unpublished';
  const left = new Date(expires).getTime() - now.getTime();
  if (left <= 0) return 'expired';
  return left < (days * 24 * 60 * 60 * 1000) / 4 ? 'soon' : 'good';
}
