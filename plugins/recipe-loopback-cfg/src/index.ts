import { RECIPE_ORDER, type Plugin, type Recipe } from '@loopstick/core';

const loopbackCfg: Recipe = {
  name: 'loopback-cfg',
  recognise: async (iso, { signal }) => {
    const { recogniseLoopbackCfg } = await import('./recipe.ts');
    return recogniseLoopbackCfg(iso, signal);
  },
};

const plugin: Plugin = {
  id: 'recipe-loopback-cfg',
  register(registrar) {
    registrar.recipe(loopbackCfg, { order: RECIPE_ORDER.generic });
  },
};

export default plugin;
