import type { MirrorStrategy, Plugin } from '@loopstick/core';

const geographic: MirrorStrategy = {
  name: 'geographic',
  description: 'The same country first, then the same continent, then the rest; nothing is measured',
  rank: async (candidates, request) => {
    const { nearestFirst } = await import('./geographic.ts');
    return nearestFirst(candidates, request);
  },
};

const plugin: Plugin = {
  id: 'mirror-geographic',
  register(registrar) {
    registrar.mirrorStrategy(geographic);
  },
};

export default plugin;
