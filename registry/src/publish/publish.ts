import type { Metadata, Root } from '@tufjs/models';

import type { Context } from '@loopstick/core';

import type { Role } from '../tuf/roles.ts';
import { checkContent, contentOf } from './content.ts';
import { loadKeys } from './keys.ts';
import { planPublication, type Publication } from './plan-publication.ts';
import { alone } from './publish-lock.ts';
import { readPublished, readRegistrySettings, registryFolder, type RegistryFolder } from './registry-folder.ts';
import { rolesOf, rootDocument } from './root-document.ts';
import { signFor } from './sign.ts';
import { writePublication } from './write-publication.ts';

export interface PublishOptions {
  /** A folder with keys, looked into before that of the registry. */
  readonly keyFolder?: string | undefined;
  /** Sign a new root with the same keys, which is good for longer. */
  readonly renewRoot?: boolean | undefined;
  /** Sign the targets anew, though nothing changed. */
  readonly renewTargets?: boolean | undefined;
}

export interface PublishResult {
  readonly versions: Readonly<Record<Role, number>>;
  readonly expires: Readonly<Record<Role, string>>;
  /** The offline keys of the targets were needed. */
  readonly targetsSigned: boolean;
  /** Names of the files that are new, in the order in which they were written: the one that shows them is the last. */
  readonly written: readonly string[];
}

type Outer = Pick<Context, 'random' | 'now'>;

/**
 * Shows readers what is in the registry now. Without changes only the online keys are needed, and what they sign is good
 * for longer again. Readers that come meanwhile see the former state or the new one.
 *
 * @throws LoopstickError REGISTRY_NOT_FOUND, REGISTRY_DAMAGED, REGISTRY_KEY_MISSING, REGISTRY_BUSY; those of addContent for
 *   documents that were changed by hand; the system's own errors
 */
export async function publishRegistry(
  directory: string,
  options: PublishOptions,
  context: Outer,
): Promise<PublishResult> {
  const folder = registryFolder(directory);
  const settings = await readRegistrySettings(folder);
  return alone(folder, async () => {
    const { root } = await readPublished(folder);
    if (options.renewRoot !== true) return publishUnder(folder, undefined, options, context);
    const next = rootDocument(root.signed.version + 1, rolesOf(root), { now: context.now(), days: settings.days.root });
    signFor('root', next, root, await loadKeys(keyFolders(folder, options)));
    return publishUnder(folder, next, options, context);
  });
}

/** Publishes with a new root, if there is one; for those who are alone with the registry. */
export async function publishUnder(
  folder: RegistryFolder,
  nextRoot: Metadata<Root> | undefined,
  options: PublishOptions,
  context: Outer,
): Promise<PublishResult> {
  const content = await contentOf(folder);
  checkContent(content);
  const publication = planPublication({
    settings: await readRegistrySettings(folder),
    published: await readPublished(folder),
    nextRoot,
    content,
    keys: await loadKeys(keyFolders(folder, options)),
    now: context.now(),
    renewTargets: options.renewTargets === true,
  });
  const written = await writePublication(folder, publication, context);
  return { ...facts(publication), targetsSigned: publication.targetsSigned, written };
}

/** Where keys are looked for, in this order. */
export function keyFolders({ keys }: RegistryFolder, { keyFolder }: PublishOptions): string[] {
  return keyFolder === undefined ? [keys] : [keyFolder, keys];
}

function facts({ root, targets, snapshot, timestamp }: Publication): Pick<PublishResult, 'versions' | 'expires'> {
  return {
    versions: {
      root: root.signed.version,
      targets: targets.signed.version,
      snapshot: snapshot.signed.version,
      timestamp: timestamp.signed.version,
    },
    expires: {
      root: root.signed.expires,
      targets: targets.signed.expires,
      snapshot: snapshot.signed.expires,
      timestamp: timestamp.signed.expires,
    },
  };
}
