import { Option, type Command } from 'commander';

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
      .option('--accept-loss', 'believe a source that has lost much of what it had')
      .addOption(new Option('--background', 'only when it is time to, and when nobody else does').hideHelp()),
    async () => (await import('../commands/catalog-sync.ts')).catalogSync,
  );
  action(
    catalog.command('sources').description('list the catalog sources, and how old what they said is'),
    async () => (await import('../commands/catalog-sources.ts')).catalogSources,
  );
  action(
    catalog
      .command('diff')
      .description('show what changed when the catalog sources last said something new')
      .option('--source <name>', 'only this one; may be given more than once', gather),
    async () => (await import('../commands/catalog-diff.ts')).catalogDiff,
  );
}
