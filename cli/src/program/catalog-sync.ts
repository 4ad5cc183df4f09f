import type { Command } from 'commander';

import { gather, type Action } from './options.ts';

/** What keeps the catalog current: `loopstick catalog sync` and its kin. */
export function addCatalogSync(catalog: Command, action: Action): void {
  action(
    catalog
      .command('sync')
      .description('ask the catalog sources on the web for what is new')
      .option('--source <name>', 'only this one; may be given more than once', gather)
      .option('--require-fresh', 'fail unless all of them are current')
      .option('--offline', 'ask nobody, only say how old everything is')
      .option('--accept-loss', 'believe a source that has lost much of what it had'),
    async () => (await import('../commands/catalog-sync.ts')).catalogSync,
  );
}
