import type { Plugin, Recipe } from '@loopstick/core';

const dracut: Recipe = {
  name: 'dracut',
  recognise: async (iso, { signal }) => {
    const { recogniseDracut } = await import('./dracut.ts');
    return recogniseDracut(iso, signal);
  },
};

const plugin: Plugin = {
  id: 'distro-fedora',
  register(registrar) {
    registrar.recipe(dracut);
  },
};

export default plugin;
