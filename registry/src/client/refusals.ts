import { LengthOrHashMismatchError, UnsignedMetadataError } from '@tufjs/models/dist/error.js';
import { BadVersionError, ExpiredMetadataError, RepositoryError } from 'tuf-js/dist/error.js';
import type { TrustedMetadataStore } from 'tuf-js/dist/store.js';

import { failure, messageOf, type LoopstickError } from '@loopstick/core';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import type { Role } from '../tuf/roles.ts';

/** A file from a registry that tuf-js did not accept. */
export interface Refusal {
  readonly role: Role;
  readonly bytes: Buffer;
  readonly error: unknown;
}

/** Says which attack, or which accident, a refusal stands for. */
export function refusalError(
  registry: string,
  { role, bytes, error }: Refusal,
  store: TrustedMetadataStore,
  now: Date,
): LoopstickError {
  const cause = { cause: error };
  const file = `${role}.json`;
  const problem = messageOf(error);
  if (error instanceof LengthOrHashMismatchError) return failure(REGISTRY_ERRORS.mixed, { registry, file }, cause);
  if (error instanceof UnsignedMetadataError) {
    return role === 'root'
      ? failure(REGISTRY_ERRORS.rootChain, { registry, problem }, cause)
      : failure(REGISTRY_ERRORS.threshold, { registry, file }, cause);
  }
  if (error instanceof ExpiredMetadataError) return expiryError(registry, role, bytes, store, now, cause);
  if (error instanceof BadVersionError) return versionError(registry, role, bytes, store, error);
  // A snapshot that no longer names a file: that is older, too.
  if (error instanceof RepositoryError && role === 'snapshot' && store.snapshot !== undefined) {
    return failure(REGISTRY_ERRORS.rollback, { registry, problem }, cause);
  }
  return failure(REGISTRY_ERRORS.malformed, { registry, file, problem }, cause);
}

/** Each check looks at those before, too: what ran out first in that order is to be named. */
function expiryError(
  registry: string,
  role: Role,
  bytes: Buffer,
  store: TrustedMetadataStore,
  now: Date,
  cause: { readonly cause: unknown },
): LoopstickError {
  const { root, timestamp } = store;
  if (root.signed.isExpired(now)) {
    return failure(REGISTRY_ERRORS.rootExpired, { registry, expired: root.signed.expires }, cause);
  }
  if (timestamp?.signed.isExpired(now) === true) {
    return failure(
      REGISTRY_ERRORS.expired,
      { registry, file: 'timestamp.json', expired: timestamp.signed.expires },
      cause,
    );
  }
  const expired = String(field(bytes, 'expires'));
  return failure(REGISTRY_ERRORS.expired, { registry, file: `${role}.json`, expired }, cause);
}

function versionError(
  registry: string,
  role: Role,
  bytes: Buffer,
  store: TrustedMetadataStore,
  error: Error,
): LoopstickError {
  const cause = { cause: error };
  const problem = messageOf(error);
  const version = Number(field(bytes, 'version'));
  if (role === 'root' && version > store.root.signed.version) {
    return failure(REGISTRY_ERRORS.rootChain, { registry, problem }, cause);
  }
  const isOther = role === 'snapshot' && version !== store.timestamp?.signed.snapshotMeta.version;
  if (role === 'targets' || isOther) return failure(REGISTRY_ERRORS.mixed, { registry, file: `${role}.json` }, cause);
  return failure(REGISTRY_ERRORS.rollback, { registry, problem }, cause);
}

/** Of a file that could be parsed, or it would have been refused for that. */
function field(bytes: Buffer, name: string): unknown {
  return (JSON.parse(bytes.toString('utf8')) as { signed: Record<string, unknown> }).signed[name];
}
