import type { CatalogSource, Context } from '@loopstick/core';

import type { TrustedRegistry } from './trusted-registries.ts';

/**
 * A registry as a catalog source: all its catalog documents as one, vouched for by its keys. What reads and verifies is
 * loaded when it is read.
 */
export function registrySource(registry: TrustedRegistry, context: Pick<Context, 'paths' | 'random'>): CatalogSource {
  return {
    name: `registry:${registry.name}`,
    layer: 'registry',
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
