import type { Command } from 'commander';

import type { Action } from './options.ts';

const DIRECTORY = 'the folder of the registry';

/** `loopstick registry`. */
export function addRegistry(program: Command, action: Action): void {
  const registry = program.command('registry').description('signed catalogs: which are trusted, and publishing one');
  addTrust(registry, action);
  addPublishing(registry, action);
}

function addTrust(registry: Command, action: Action): void {
  const load = async () => import('../commands/registry-trust.ts');
  action(
    registry.command('list').description('list the registries that are trusted, and what is here of them'),
    async () => (await load()).registryList,
  );
  action(
    registry
      .command('trust')
      .description('read a registry from now on')
      .argument('<name>', 'what to call it')
      .argument('<url>', 'where it is')
      .requiredOption('--root <file>', 'its root of trust, 1.root.json, on a way that you trust'),
    async () => (await load()).registryTrust,
  );
  action(
    registry
      .command('untrust')
      .description('read a registry no more, and forget what was read of it')
      .argument('<name>', 'as you called it'),
    async () => (await load()).registryUntrust,
  );
}

function addPublishing(registry: Command, action: Action): void {
  const load = async () => import('../commands/registry-publish.ts');
  const content = async () => import('../commands/registry-content.ts');
  action(
    withKeys(registry.command('init'))
      .description('make a new registry with its keys')
      .argument('<directory>', 'a new folder')
      .option('--title <text>', 'what it is called', 'A Loopstick registry')
      .option('--homepage <url>', 'where it is described')
      .option('--root-keys <n>', 'keys of the role "root"', '1')
      .option('--root-threshold <n>', 'so many of them have to sign', '1')
      .option('--targets-keys <n>', 'keys of the role "targets"', '1')
      .option('--targets-threshold <n>', 'so many of them have to sign', '1')
      .option('--root-days <n>', 'for so long the keys are good', '365')
      .option('--targets-days <n>', 'for so long the list of documents is good', '90')
      .option('--online-days <n>', 'for so long a publication is good', '7')
      .option('--refresh <minutes>', 'how often readers should ask', '360')
      .option('--jitter <minutes>', 'and up to so much later, by chance', '60'),
    async () => (await content()).registryInit,
  );
  action(
    registry
      .command('add')
      .description('put catalog documents or plugins into a registry; the next publication shows them')
      .argument('<directory>', DIRECTORY)
      .argument('<files...>', 'catalog documents, or plugins as tarballs (.tgz)')
      .option('--name <name>', 'what to call it, when there is one (default: the name of the file)'),
    async () => (await content()).registryAdd,
  );
  action(
    registry
      .command('remove')
      .description('take documents or plugins out of a registry; the next publication no longer shows them')
      .argument('<directory>', DIRECTORY)
      .argument('<names...>', 'their names; of a plugin plugin:ID')
      .option('--reason <text>', 'why: those who have the plugin see it'),
    async () => (await content()).registryRemove,
  );
  action(
    registry
      .command('block')
      .description('block versions of a plugin: who has them stops using them')
      .argument('<directory>', DIRECTORY)
      .argument('<plugin>', 'ID@RANGE')
      .requiredOption('--reason <text>', 'why: those who have it see it'),
    async () => (await import('../commands/registry-plugins.ts')).registryBlock,
  );
  action(
    registry
      .command('unblock')
      .description('take a block back')
      .argument('<directory>', DIRECTORY)
      .argument('<plugin>', 'ID@RANGE, as it was blocked'),
    async () => (await import('../commands/registry-plugins.ts')).registryUnblock,
  );
  action(
    withKeys(registry.command('publish'))
      .description('sign what is in a registry, and show it to readers')
      .argument('<directory>', DIRECTORY)
      .option('--renew-root', 'sign a new root with the same keys, which is good for longer')
      .option('--renew-targets', 'sign the list of documents anew, though it is the same'),
    async () => (await load()).registryPublish,
  );
  action(
    withKeys(registry.command('rotate-key'))
      .description('give a role a new key in place of one that it has')
      .argument('<directory>', DIRECTORY)
      .argument('<role>', 'root, targets, snapshot or timestamp')
      .option('--replace <id>', 'the key that goes (default: the oldest)'),
    async () => (await load()).registryRotateKey,
  );
  action(
    withKeys(registry.command('status'))
      .description('show what is published and for how long, and what is not published yet')
      .argument('<directory>', DIRECTORY),
    async () => (await load()).registryStatus,
  );
  action(
    registry
      .command('serve')
      .description('show a registry to this machine, for trying; Ctrl-C ends it')
      .argument('<directory>', DIRECTORY)
      .option('--port <n>', 'any that is free when it is 0', '0'),
    async () => (await content()).registryServe,
  );
}

function withKeys(command: Command): Command {
  return command.option('--keys <folder>', 'where offline keys are (default: LOOPSTICK_REGISTRY_KEYS, then its own)');
}
