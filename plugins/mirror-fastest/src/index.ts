import type { MirrorStrategy, Plugin } from '@loopstick/core';

const fastest: MirrorStrategy = {
  name: 'fastest',
  description: 'What proves to be the fastest in small tests',
  rank: async (candidates, request) => {
    const { fastestFirst } = await import('./fastest.ts');
    return fastestFirst(candidates, request);
  },
};

const plugin: Plugin = {
  id: 'mirror-fastest',
  register(registrar) {
    registrar.mirrorStrategy(fastest);
  },
};

export default plugin;
