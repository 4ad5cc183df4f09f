import { Metadata, Root } from '@tufjs/models';

import { failure } from '@loopstick/core';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { ROLES, type Role } from '../tuf/roles.ts';
import { publicKeyDocument } from './keys.ts';
import { SPECIFICATION, until } from './sign.ts';

/** Who signs for a role, and how many of them have to. */
export interface RoleKeys {
  readonly threshold: number;
  readonly keys: readonly { readonly id: string; readonly publicKey: string }[];
}

/**
 * An unsigned root.
 * @throws LoopstickError REGISTRY_BAD_THRESHOLD
 */
export function rootDocument(
  version: number,
  roles: Readonly<Record<Role, RoleKeys>>,
  { now, days }: { readonly now: Date; readonly days: number },
): Metadata<Root> {
  for (const role of ROLES) requireThreshold(role, roles[role].keys.length, roles[role].threshold);
  const keys = ROLES.flatMap((role) => roles[role].keys);
  return new Metadata(
    Root.fromJSON({
      _type: 'root',
      spec_version: SPECIFICATION,
      version,
      expires: until(now, days),
      consistent_snapshot: true,
      keys: Object.fromEntries(keys.map(({ id, publicKey }) => [id, publicKeyDocument(publicKey)])),
      roles: Object.fromEntries(
        ROLES.map((role) => [role, { keyids: roles[role].keys.map(({ id }) => id), threshold: roles[role].threshold }]),
      ),
    }),
  );
}

/** @throws LoopstickError REGISTRY_BAD_THRESHOLD */
export function requireThreshold(role: Role, keys: number, threshold: number): void {
  const isPossible = Number.isInteger(keys) && Number.isInteger(threshold) && threshold >= 1 && threshold <= keys;
  if (!isPossible || keys > 20) throw failure(REGISTRY_ERRORS.thresholdImpossible, { role, keys, threshold });
}

/** Who signs for each role according to a root. */
export function rolesOf(root: Metadata<Root>): Record<Role, RoleKeys> {
  const of = (role: Role): RoleKeys => {
    const { keyIDs = [], threshold = 1 } = root.signed.roles[role] ?? {};
    return {
      threshold,
      keys: keyIDs.map((id) => ({ id, publicKey: root.signed.keys[id]?.keyVal['public'] ?? '' })),
    };
  };
  return { root: of('root'), targets: of('targets'), snapshot: of('snapshot'), timestamp: of('timestamp') };
}
