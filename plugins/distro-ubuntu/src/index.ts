import type { MirrorListSource, Plugin, Recipe } from '@loopstick/core';

import { cdMirrors } from './cd-mirrors.ts';

const casper: Recipe = {
  name: 'casper',
  recognise: async (iso, { signal }) => {
    const { recogniseCasper } = await import('./casper.ts');
    return recogniseCasper(iso, signal);
  },
};

const mirrors: MirrorListSource = { name: 'launchpad', distributions: ['ubuntu'], lists: cdMirrors };

const plugin: Plugin = {
  id: 'distro-ubuntu',
  register(registrar) {
    registrar.mirrorList(mirrors);
    registrar.recipe(casper);
  },
};

export default plugin;
