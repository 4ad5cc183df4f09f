import type { MirrorStrategy, Plugin } from '@loopstick/core';

const preferred: MirrorStrategy = {
  name: 'preferred',
  description: "The user's own list first, then as the sources list them",
  rank: async (candidates, request) => {
    const { preferredFirst } = await import('./preferred.ts');
    return preferredFirst(candidates, request);
  },
};

const plugin: Plugin = {
  id: 'mirror-preferred',
  register(registrar) {
    registrar.mirrorStrategy(preferred);
  },
};

export default plugin;
