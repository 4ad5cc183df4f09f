import { createHash } from 'node:crypto';

import type { CatalogSource, Context } from '@loopstick/core';

import type { TrustedRegistry } from './trusted-registries.ts';

/**
 * A registry as a catalog source: all its catalog documents as one, vouched for by its keys. What reads and verifies is
 * loaded when it is read.
 */
export function registrySource(registry: TrustedRegistry, context: Pick<Context, 'paths' | 'random'>): CatalogSource {
  return {
    name: sourceName(registry.name),
    layer: 'registry',
    basis: async () =>
      createHash('sha256')
        .update(await registry.root())
        .digest('hex'),
    async read(request) {
      const [{ readRegistry }, { mergeDocuments }] = await Promise.all([
        import('./read-registry.ts'),
        import('./merge-documents.ts'),
      ]);
      const { view, documents } = await readRegistry(registry, request, context);
      const { intervalMinutes, jitterMinutes } = view.description?.refresh ?? {};
      request.advise({ expires: view.freshUntil, refreshMinutes: intervalMinutes, jitterMinutes });
      request.vouch(view.keys.join(', '));
      return mergeDocuments(documents);
    },
  };
}

/** What the catalog calls a registry. */
export function sourceName(registry: string): string {
  return `registry:${registry}`;
}
