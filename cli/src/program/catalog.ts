import { Option, type Command } from 'commander';

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
      .option('--all', 'also end-of-life releases and other architectures')
      .addOption(kind())
      .option('--arch <arch>', 'only for this architecture, such as aarch64')
      .addOption(evidence()),
    async () => (await import('../commands/catalog.ts')).catalogList,
  );
  action(
    catalog
      .command('search')
      .description('find images by words of their names and descriptions, the best first')
      .argument('<words...>', 'all have to be found')
      .addOption(kind())
      .option('--arch <arch>', 'only for this architecture, such as aarch64')
      .addOption(evidence()),
    async () => (await import('../commands/catalog.ts')).catalogSearch,
  );
  action(
    catalog
      .command('show')
      .description('show one image with the origin of each value')
      .argument('<reference>', 'such as ubuntu, ubuntu@lts, debian@^12, fedora@latest/kde')
      .option('--provenance', 'a line for each field: who says it, when, and which key vouches for it'),
    async () => (await import('../commands/catalog-show.ts')).catalogShow,
  );
  action(
    catalog
      .command('import')
      .description('lay a catalog of somebody else over the others')
      .argument('<file|url>', 'in the format of Loopstick, or in the older one of version 2.0')
      .option('--name <name>', 'what to call it (default: after the file)')
      .option('-y, --yes', 'replace one of this name without asking'),
    async () => (await import('../commands/catalog-exchange.ts')).catalogImport,
  );
  action(
    catalog
      .command('export')
      .description('print the catalog as one document, with the origin of each value')
      .argument('[references...]', 'only these, such as ubuntu or fedora@42')
      .option('-o, --output <file>', 'write it into this new file'),
    async () => (await import('../commands/catalog-exchange.ts')).catalogExport,
  );
  addCatalogSync(catalog, action);
}

function kind(): Option {
  return new Option('--kind <kind>', 'only of this kind').choices(['live', 'installer', 'tool']);
}

function evidence(): Option {
  return new Option('--evidence <level>', 'only with at least this evidence').choices([
    'signed',
    'registry',
    'tls',
    'none',
  ]);
}
