import { Argument, type Command } from 'commander';

import type { Action } from './options.ts';

/** `loopstick doctor`, `plugins` and `completion`. */
export function addSystem(program: Command, action: Action): void {
  action(
    program.command('doctor').description('check that the system programs are there, and say how to install them'),
    async () => (await import('../commands/doctor.ts')).doctor,
  );
  action(
    program.command('plugins', { hidden: true }).description('the same as "plugin list"'),
    async () => (await import('../commands/plugins.ts')).plugins,
  );
  program
    .command('completion')
    .description('print a completion script')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      const { completionScript } = await import('../commands/completion.ts');
      process.stdout.write(completionScript(shell, program));
    });
}
