import type { Command } from 'commander';

import { addCatalogSync } from './catalog-sync.ts';
import type { Action } from './options.ts';

/** `loopstick catalog`. */
export function addCatalog(program: Command, action: Action): void {
  const catalog = program.command('catalog').description('what there is to put on a stick');
  action(
    catalog
      .command('list')
      .description('list the images of the catalog')
      .argument('[references...]', 'only these, such as ubuntu or fedora@42')
      .option('--all', 'also end-of-life releases and other architectures'),
    async () => (await import('../commands/catalog.ts')).catalogList,
  );
  action(
    catalog
      .command('show')
      .description('show one image with the origin of each value')
      .argument('<reference>', 'such as ubuntu, fedora@42, fedora@42/kde'),
    async () => (await import('../commands/catalog.ts')).catalogShow,
  );
  addCatalogSync(catalog, action);
}
