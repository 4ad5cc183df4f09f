import type { Plugin, Recipe } from '@loopstick/core';

const live: Recipe = {
  name: 'live-boot',
  recognise: async (iso, { signal }) => {
    const { recogniseLiveBoot } = await import('./live-boot.ts');
    return recogniseLiveBoot(iso, signal);
  },
};

const installer: Recipe = {
  name: 'debian-installer',
  recognise: async (iso, { signal }) => {
    const { recogniseInstaller } = await import('./installer.ts');
    return recogniseInstaller(iso, signal);
  },
};

const plugin: Plugin = {
  id: 'distro-debian',
  register(registrar) {
    // Live images may carry an installer as well, but are started as live systems.
    registrar.recipe(live);
    registrar.recipe(installer);
  },
};

export default plugin;
