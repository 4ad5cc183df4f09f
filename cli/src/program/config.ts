import type { Command } from 'commander';

import type { Action } from './options.ts';

const KEY = 'with dots, such as mirrors.strategy';

/** `loopstick config`. */
export function addConfig(program: Command, action: Action): void {
  const config = program.command('config').description('the settings');
  action(
    config.command('list').description('list all settings, and which of them are set'),
    async () => (await import('../commands/config.ts')).configList,
  );
  action(
    config.command('get').description('print one setting').argument('<key>', KEY),
    async () => (await import('../commands/config.ts')).configGet,
  );
  action(
    config
      .command('set')
      .description('change a setting')
      .argument('<key>', KEY)
      .argument('<values...>', 'one value; for a list all that are to be on it'),
    async () => (await import('../commands/config.ts')).configSet,
  );
  action(
    config.command('unset').description('take a setting back to its default').argument('<key>', KEY),
    async () => (await import('../commands/config.ts')).configUnset,
  );
  action(
    config.command('path').description('print where the settings file is'),
    async () => (await import('../commands/config.ts')).configPath,
  );
}
