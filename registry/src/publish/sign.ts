import { createHash } from 'node:crypto';

import { failure } from '@loopstick/core';
import {
  MetaFile,
  Signature,
  type Metadata,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import type { Role } from '../tuf/roles.ts';
import type { SigningKey } from './keys.ts';

/** Version of the TUF specification that is followed. */
export const SPECIFICATION: string = '1.0.31';

type AnyMetadata = Metadata<Root> | Metadata<Targets> | Metadata<Snapshot> | Metadata<Timestamp>;

/**
 * Signs with all keys of a role that are here.
 * @param root says whose signatures count
 * @throws LoopstickError REGISTRY_KEY_MISSING when they are too few
 */
export function signFor(
  role: Role,
  metadata: AnyMetadata,
  root: Metadata<Root>,
  keys: ReadonlyMap<string, SigningKey>,
): void {
  const { keyIDs = [], threshold = 1 } = root.signed.roles[role] ?? {};
  const present = keyIDs.map((id) => keys.get(id)).filter((key) => key !== undefined);
  if (present.length < threshold) {
    const wanted = keyIDs.map((id) => id.slice(0, 12)).join(', ');
    const file = `${metadata.signed.version}.${metadata.signed.type}.json`;
    throw failure(REGISTRY_ERRORS.keyMissing, { role, file, needed: threshold, present: present.length, wanted });
  }
  for (const key of present) metadata.sign((bytes) => new Signature({ keyID: key.id, sig: key.sign(bytes) }));
}

/** Metadata as the file that readers get. */
export function fileOf(metadata: AnyMetadata): Buffer {
  return Buffer.from(`${JSON.stringify(metadata.toJSON(), null, 1)}\n`);
}

/** A file as the metadata above it names it: with length and hash, so that nothing else passes for it. */
export function metaFile(version: number, bytes: Buffer): MetaFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return new MetaFile({ version, length: bytes.length, hashes: { sha256 } });
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A moment as metadata gives it: to the second (TUF specification, section 4.2.1). */
export function until(now: Date, days: number): string {
  return new Date(now.getTime() + days * DAY_MS).toISOString().replace(/\.\d+Z$/, 'Z');
}
