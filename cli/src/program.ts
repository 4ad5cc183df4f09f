import { Command } from 'commander';

import type { Engine } from '@loopstick/core';

import { NO_INTERRUPTS, type Interrupts } from './process-watch.ts';
import { addBuild } from './program/build.ts';
import { addCatalog } from './program/catalog.ts';
import { addConfig } from './program/config.ts';
import { addDownload } from './program/download.ts';
import { addFiles } from './program/files.ts';
import { addMirrors } from './program/mirrors.ts';
import type { Action, Run } from './program/options.ts';
import { addPlugin } from './program/plugin.ts';
import { addRegistry } from './program/registry.ts';
import { addStick } from './program/stick.ts';
import { addSystem } from './program/system.ts';
import { version } from './program/version.ts';

export interface Program {
  readonly program: Command;
  /** The exit code of the command that ran, when it ended without an error. */
  readonly exitStatus: () => number;
}

/**
 * The command line. Only names, options and help are here; what a command does is loaded when it runs, so that help
 * and completion answer at once.
 */
export function createProgram(
  signal: AbortSignal,
  onEngine: (engine: Engine) => void = () => undefined,
  interrupts: Interrupts = NO_INTERRUPTS,
): Program {
  let status = 0;
  const program = new Command('loopstick')
    .description('Turn a USB stick or an image file into a multi-boot Linux stick.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--json', 'print data as JSON')
    .option('-q, --quiet', 'print nothing but data and errors')
    .option('--no-color', 'no colours (as with NO_COLOR)')
    .option('--catalog <file>', 'a catalog of your own, on top of the others')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  // Errors are printed in one place, by main, in one form.
  program.configureOutput({ outputError: () => undefined });

  const action: Action = <Options>(command: Command, load: () => Promise<Run<Options>>): Command =>
    command.action(async () => {
      const [run, { createTerminal }, { createSession }] = await Promise.all([
        load(),
        import('./output/terminal.ts'),
        import('./session.ts'),
      ]);
      const options = command.optsWithGlobals<Options & GlobalOptions>();
      const flags = { json: options.json === true, quiet: options.quiet === true, color: options.color };
      const terminal = createTerminal(process, process.env, flags);
      const session = createSession(terminal, signal, options.catalog, onEngine, interrupts);
      try {
        const own = await run(session, command.args, options);
        status = typeof own === 'number' ? own : 0;
      } finally {
        // Also when the catalog did not have what was asked for.
        await session.done();
      }
    });

  for (const add of [
    addCatalog,
    addBuild,
    addDownload,
    addMirrors,
    addFiles,
    addStick,
    addPlugin,
    addRegistry,
    addConfig,
    addSystem,
  ])
    add(program, action);
  return { program, exitStatus: () => status };
}

interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
  readonly catalog?: string;
}

const EXAMPLES = `
Examples:
  loopstick catalog list
  loopstick build ubuntu fedora@42 ./any-other.iso -o stick.img
  loopstick build ubuntu --device /dev/sdX
  loopstick boot stick.img --check
  loopstick download --url https://example.org/any.iso --sha256 HEX

Exit codes: 0 done, 2 usage, 3 not found, 4 bad input, 5 verification failed, 6 network, 7 no space,
8 target refused, 9 missing program, 10 plugin, 11 system, 12 boot check failed, 130 interrupted, 1 anything else.`;
