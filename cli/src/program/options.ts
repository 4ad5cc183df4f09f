import { Option, type Command } from 'commander';

import type { Session } from '../session.ts';

/** Resolves to an exit code when the command has one of its own. */
export type Run<Options> = (
  session: Session,
  args: readonly string[],
  options: Options,
) => Promise<number> | Promise<void>;

/** Lets a command do what `load` resolves to, when it runs and not before. */
export type Action = <Options>(command: Command, load: () => Promise<Run<Options>>) => Command;

/** Which evidence is enough, for commands that use images of the catalog. */
export function accept(): Option {
  return new Option('--accept <level>', 'use images with at least this evidence').choices([
    'signed',
    'registry',
    'tls',
    'none',
  ]);
}

/** How a file comes to stand in the library and elsewhere. */
export function link(): Option {
  return new Option('--link <way>', 'how files are shared with the library; default: the setting library.link').choices(
    ['auto', 'reflink', 'hard', 'copy'],
  );
}

/** Which mirrors are used, for commands that download. */
export function withMirrors(command: Command): Command {
  return command
    .option('--mirror-strategy <name>', 'how mirrors are chosen; "loopstick mirrors strategies" lists the ways')
    .option('--country <code>', 'where you are, in two letters (default: told from the time zone and the language)')
    .option('--only', 'use nothing but preferred mirrors (loopstick mirrors prefer)');
}

/** For options that may be given more than once. */
export function gather(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** The checksums of a file. */
export function withDigests(command: Command, what: string): Command {
  return command
    .option('--sha256 <hex>', `${what}, by SHA-256`)
    .option('--sha512 <hex>', `${what}, by SHA-512`)
    .option('--sha1 <hex>', `${what}, by SHA-1, which is not safe against forgery`)
    .option('--md5 <hex>', `${what}, by MD5, which is not safe against forgery`);
}
