import type { Plugin, Recipe } from '@loopstick/core';

const casper: Recipe = {
  name: 'casper',
  recognise: async (iso, { signal }) => {
    const { recogniseCasper } = await import('./casper.ts');
    return recogniseCasper(iso, signal);
  },
};

const plugin: Plugin = {
  id: 'distro-ubuntu',
  register(registrar) {
    registrar.recipe(casper);
  },
};

export default plugin;
