import type { Plugin, Recipe } from '@loopstick/core';

const memtest: Recipe = {
  name: 'memtest86plus',
  recognise: async (iso) => {
    const { recogniseMemtest } = await import('./memtest.ts');
    return recogniseMemtest(iso);
  },
};

const plugin: Plugin = {
  id: 'distro-memtest86plus',
  register(registrar) {
    registrar.recipe(memtest);
  },
};

export default plugin;
