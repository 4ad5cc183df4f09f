import type { MirrorStrategy, Plugin } from '@loopstick/core';

const adaptive: MirrorStrategy = {
  name: 'adaptive',
  description: 'A good guess from what is known, small tests, and what the download itself shows',
  rank: async (candidates, request) => {
    const { adapt } = await import('./adaptive.ts');
    return adapt(candidates, request);
  },
};

const plugin: Plugin = {
  id: 'mirror-adaptive',
  register(registrar) {
    registrar.mirrorStrategy(adaptive);
  },
};

export default plugin;
