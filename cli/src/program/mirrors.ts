import type { Command } from 'commander';

import { withMirrors, type Action } from './options.ts';

const IMAGE = 'an image of the catalog: ubuntu, fedora@42';
const HOSTS = 'such as mirror.example.org, which is also all that is below it';

/** `loopstick mirrors`. */
export function addMirrors(program: Command, action: Action): void {
  const mirrors = program.command('mirrors').description('where images come from, and why from there');
  action(
    mirrors.command('strategies').description('list the ways to choose mirrors'),
    async () => (await import('../commands/mirrors.ts')).mirrorsStrategies,
  );
  action(
    mirrors
      .command('list')
      .description('list all mirrors of an image, and what is known of them')
      .argument('<image>', IMAGE),
    async () => (await import('../commands/mirrors.ts')).mirrorsList,
  );
  action(
    withMirrors(mirrors.command('explain'))
      .description('show in which order mirrors would be used, and why')
      .argument('<image>', IMAGE),
    async () => (await import('../commands/mirrors.ts')).mirrorsExplain,
  );
  action(
    withMirrors(mirrors.command('test'))
      .description('measure the best mirrors by one small request each, and remember it; Ctrl-C ends it')
      .argument('<image>', IMAGE)
      .option('--most <n>', 'at most so many mirrors', '12'),
    async () => (await import('../commands/mirrors-test.ts')).mirrorsTest,
  );
  addHosts(mirrors, action);
  action(
    mirrors
      .command('forget')
      .description('forget what was learned of mirrors')
      .argument('[hosts...]', HOSTS)
      .option('--all', 'of all mirrors'),
    async () => (await import('../commands/mirrors-memory.ts')).mirrorsForget,
  );
  action(
    mirrors
      .command('export')
      .description('print all that was learned of mirrors, as JSON')
      .option('-o, --output <file>', 'write it into this new file'),
    async () => (await import('../commands/mirrors-memory.ts')).mirrorsExport,
  );
}

function addHosts(mirrors: Command, action: Action): void {
  const load = async () => import('../commands/mirrors-hosts.ts');
  action(
    mirrors.command('prefer').description('use these mirrors before all others').argument('<hosts...>', HOSTS),
    async () => (await load()).mirrorsPrefer,
  );
  action(
    mirrors.command('unprefer').description('treat these mirrors like all others again').argument('<hosts...>', HOSTS),
    async () => (await load()).mirrorsUnprefer,
  );
  action(
    mirrors.command('ban').description('never use these mirrors').argument('<hosts...>', HOSTS),
    async () => (await load()).mirrorsBan,
  );
  action(
    mirrors.command('unban').description('allow these mirrors again').argument('<hosts...>', HOSTS),
    async () => (await load()).mirrorsUnban,
  );
}
