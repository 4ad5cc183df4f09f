import { access, rm } from 'node:fs/promises';

import { failure, isLoopstickError, systemCode, type Context } from '@loopstick/core';
import type { Metadata, Root } from '@tufjs/models';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import type { Role } from '../tuf/roles.ts';
import { createKey, loadKeys } from './keys.ts';
import { alone } from './publish-lock.ts';
import { keyFolders, publishUnder } from './publish.ts';
import { readPublished, readRegistrySettings, registryFolder } from './registry-folder.ts';
import { rolesOf, rootDocument } from './root-document.ts';
import { signFor } from './sign.ts';
import { writeRoot } from './write-publication.ts';

export interface RotateOptions {
  readonly keyFolder?: string | undefined;
  /** Beginning of the id of the key that goes; the oldest of the role when it is missing. */
  readonly replace?: string | undefined;
}

export interface RotateResult {
  readonly role: Role;
  readonly added: { readonly id: string; readonly file: string };
  readonly removed: { readonly id: string; readonly file: string | undefined };
  readonly rootVersion: number;
}

/**
 * Gives a role a new key in place of one, in a new root that is signed by the former root keys and by those of the new
 * root, and signs anew whatever the key had signed. Readers follow the chain of roots by themselves.
 *
 * @throws LoopstickError REGISTRY_NOT_FOUND, REGISTRY_DAMAGED, REGISTRY_KEY_MISSING, REGISTRY_KEY_FOLDER_MISSING,
 *   REGISTRY_NO_SUCH_CONTENT, REGISTRY_BUSY; the system's own errors
 */
export async function rotateKey(
  directory: string,
  role: Role,
  options: RotateOptions,
  context: Pick<Context, 'random' | 'now'>,
): Promise<RotateResult> {
  const folder = registryFolder(directory);
  const { days } = await readRegistrySettings(folder);
  return alone(folder, async () => {
    const published = await readPublished(folder);
    const folders = keyFolders(folder, options);
    await requireFolder(options.keyFolder);
    const before = await loadKeys(folders);
    const roles = rolesOf(published.root);
    const former = roles[role].keys;
    const gone = former.find(({ id }) => id.startsWith(options.replace ?? ''));
    if (gone === undefined) {
      const known = former.map(({ id }) => id.slice(0, 12)).join(', ');
      throw failure(REGISTRY_ERRORS.contentMissing, { target: `key ${options.replace ?? ''} of "${role}"`, known });
    }
    // Before a key is made: without the former ones it would be of no use.
    const probe = rootDocument(published.root.signed.version + 1, roles, { now: context.now(), days: days.root });
    signFor('root', probe, published.root, before);

    const added = await createKey(folders[0] ?? folder.keys, role, context);
    const keys = new Map([...before, [added.id, added]]);
    const next = rootDocument(
      published.root.signed.version + 1,
      { ...roles, [role]: { ...roles[role], keys: [...former.filter((key) => key !== gone), added] } },
      { now: context.now(), days: days.root },
    );
    try {
      signRoot(next, published.root, keys);
      if (published.timestamp === undefined || role === 'root') await writeRoot(folder, next, context);
      else await publishUnder(folder, next, options, context);
    } catch (error) {
      // Nothing is written as long as a key is missing; after that, what was written may name the new one.
      if (isLoopstickError(error, REGISTRY_ERRORS.keyMissing.code)) await rm(added.file, { force: true });
      throw error;
    }
    return {
      role,
      added: { id: added.id, file: added.file },
      removed: { id: gone.id, file: before.get(gone.id)?.file },
      rootVersion: next.signed.version,
    };
  });
}

/** A new key goes into the folder that is named: not into one that a slip of the finger has named. */
async function requireFolder(folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  try {
    await access(folder);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') throw failure(REGISTRY_ERRORS.keyFolderMissing, { folder }, { cause });
    throw cause;
  }
}

/** Both vouch for it: those whom readers trust already, and those whom it names (TUF specification, section 5.3.4). */
function signRoot(next: Metadata<Root>, former: Metadata<Root>, keys: Awaited<ReturnType<typeof loadKeys>>): void {
  signFor('root', next, former, keys);
  signFor('root', next, next, keys);
}
