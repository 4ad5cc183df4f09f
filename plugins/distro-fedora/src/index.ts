import type { MirrorListSource, Plugin, Recipe } from '@loopstick/core';

import { mirrorManager } from './mirror-manager.ts';

const dracut: Recipe = {
  name: 'dracut',
  recognise: async (iso, { signal }) => {
    const { recogniseDracut } = await import('./dracut.ts');
    return recogniseDracut(iso, signal);
  },
};

const mirrors: MirrorListSource = { name: 'mirrormanager', distributions: ['fedora'], lists: mirrorManager };

const plugin: Plugin = {
  id: 'distro-fedora',
  register(registrar) {
    registrar.mirrorList(mirrors);
    registrar.recipe(dracut);
  },
};

export default plugin;
