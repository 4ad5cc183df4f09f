import { isLoopstickError, type Context, type LoopstickError, type Settings } from '@loopstick/core';

import { verifiedCopy, type RegistryCopy } from './read-registry.ts';
import { trustedRegistries, type TrustedRegistry } from './trusted-registries.ts';

export interface ListedRegistry {
  readonly registry: TrustedRegistry;
  /** What is here of it, verified; missing before the first sync. */
  readonly copy?: RegistryCopy | undefined;
  /** Nothing of what is here is past its time. */
  readonly fresh: boolean;
  /** Why what is here cannot be used. */
  readonly error?: LoopstickError | undefined;
}

/**
 * All that are trusted, with what is here of each. Nothing is fetched.
 * @throws LoopstickError REGISTRY_ROOT_UNUSABLE of a bundled root; the system's own errors
 */
export async function listRegistries(
  settings: Pick<Settings, 'registries'>,
  context: Pick<Context, 'paths' | 'now'>,
): Promise<ListedRegistry[]> {
  const registries = await trustedRegistries(settings, context.paths);
  return Promise.all(
    registries.map(async (registry) => {
      try {
        const copy = await verifiedCopy(registry, context);
        return { registry, copy, fresh: copy !== undefined && context.now() < copy.view.freshUntil };
      } catch (error) {
        if (isLoopstickError(error)) return { registry, fresh: false, error };
        throw error;
      }
    }),
  );
}
