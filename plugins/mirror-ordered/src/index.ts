import type { MirrorStrategy, Plugin } from '@loopstick/core';

const ordered: MirrorStrategy = {
  name: 'ordered',
  description: 'The order in which the source lists them',
  rank: async (candidates) =>
    [...candidates]
      .sort((a, b) => a.position - b.position)
      .map(({ url, position }) => ({
        url,
        reason: position === 0 ? 'listed first by the source' : `number ${position + 1} in the list of the source`,
      })),
};

const plugin: Plugin = {
  id: 'mirror-ordered',
  register(registrar) {
    registrar.mirrorStrategy(ordered);
  },
};

export default plugin;
