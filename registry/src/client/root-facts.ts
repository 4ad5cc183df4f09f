import { failure, messageOf } from '@loopstick/core';
import { Metadata, MetadataKind, type Root } from '@tufjs/models';

import { REGISTRY_ERRORS } from '../registry-errors.ts';

/** What a root says. Who is about to trust it compares the ids of its keys with those that the publisher names. */
export interface RootFacts {
  readonly version: number;
  readonly expires: string;
  readonly threshold: number;
  readonly keys: readonly string[];
}

/**
 * Reads a root that is to be trusted; it has to be signed by its own keys at least. One that is past its time is no
 * mistake, as newer ones may follow it.
 * @throws LoopstickError REGISTRY_ROOT_UNUSABLE
 */
export function rootFacts(text: string, file: string): RootFacts {
  try {
    const root = Metadata.fromJSON(MetadataKind.Root, JSON.parse(text) as Parameters<typeof Root.fromJSON>[0]);
    root.verifyDelegate('root', root);
    const { version, expires, roles } = root.signed;
    const { threshold = 1, keyIDs = [] } = roles['root'] ?? {};
    return { version, expires, threshold, keys: keyIDs };
  } catch (cause) {
    throw failure(REGISTRY_ERRORS.rootUnusable, { file, problem: messageOf(cause) }, { cause });
  }
}
