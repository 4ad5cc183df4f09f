import type { MirrorStrategy, Plugin } from '@loopstick/core';

const ordered: MirrorStrategy = {
  name: 'ordered',
  description: 'As the sources list them',
  rank: async (candidates, request) => {
    const { inOrder } = await import('./ordered.ts');
    return inOrder(candidates, request);
  },
};

const plugin: Plugin = {
  id: 'mirror-ordered',
  register(registrar) {
    registrar.mirrorStrategy(ordered);
  },
};

export default plugin;
