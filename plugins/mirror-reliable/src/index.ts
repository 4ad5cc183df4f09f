import type { MirrorStrategy, Plugin } from '@loopstick/core';

const reliable: MirrorStrategy = {
  name: 'reliable',
  description: 'What has worked best in the last weeks',
  rank: async (candidates, request) => {
    const { surestFirst } = await import('./reliable.ts');
    return surestFirst(candidates, request);
  },
};

const plugin: Plugin = {
  id: 'mirror-reliable',
  register(registrar) {
    registrar.mirrorStrategy(reliable);
  },
};

export default plugin;
