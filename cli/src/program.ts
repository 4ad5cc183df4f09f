import { readFileSync } from 'node:fs';

import { Argument, Command, Option } from 'commander';

import type { Engine } from '@loopstick/core';

import { NO_INTERRUPTS, type Interrupts } from './process-watch.ts';
import type { Session } from './session.ts';

export interface Program {
  readonly program: Command;
  /** The exit code of the command that ran, when it ended without an error. */
  readonly exitStatus: () => number;
}

/** Resolves to an exit code when the command has one of its own. */
type Run<Options> = (session: Session, args: readonly string[], options: Options) => Promise<number> | Promise<void>;

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

  const action = <Options>(command: Command, load: () => Promise<Run<Options>>): Command =>
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
      const own = await run(session, command.args, options);
      status = typeof own === 'number' ? own : 0;
    });

  const catalog = program.command('catalog').description('what there is to put on a stick');
  action(
    catalog
      .command('list')
      .description('list the images of the catalog')
      .argument('[references...]', 'only these, such as ubuntu or fedora@42')
      .option('--all', 'also end-of-life releases and other architectures'),
    async () => (await import('./commands/catalog.ts')).catalogList,
  );
  action(
    catalog
      .command('show')
      .description('show one image with the origin of each value')
      .argument('<reference>', 'such as ubuntu, fedora@42, fedora@42/kde'),
    async () => (await import('./commands/catalog.ts')).catalogShow,
  );

  const accept = (): Option =>
    new Option('--accept <level>', 'use images with at least this evidence').choices([
      'signed',
      'registry',
      'tls',
      'none',
    ]);

  const link = (): Option =>
    new Option('--link <way>', 'how files are shared with the library; default: the setting library.link').choices([
      'auto',
      'reflink',
      'hard',
      'copy',
    ]);

  action(
    program
      .command('build')
      .description('make a stick: download, verify, write, read back')
      .argument('<images...>', 'images of the catalog (ubuntu, fedora@42) and ISO files (./any.iso)')
      .option('-o, --output <file>', 'the image file to make')
      .option('--device <device>', 'the USB stick to write to; everything on it is erased')
      .option('--device-serial <serial>', 'the serial number that the device must have')
      .option('--size <size>', 'size of the image file, such as 16G (default: as large as needed)')
      .option('--title <text>', 'title of the menu (default: Loopstick)')
      .option('--force', 'replace an image file that exists')
      .option('-y, --yes', 'do not ask; with --device this needs --device-serial too')
      .option('--lock <file>', 'a lock file: written when it is new, otherwise exactly what it says is built')
      .addOption(accept()),
    async () => (await import('./commands/build.ts')).build,
  );
  action(
    program
      .command('download')
      .description('download images into the library, or any file, verified')
      .argument('[images...]', 'images of the catalog, and metalinks (./any.meta4)')
      .option('--url <url>', 'download the file at this address instead')
      .option('--mirror <url>', 'another address of the same file; may be given again', gather)
      .option('--sha256 <hex>', 'the checksum that the file at --url must have')
      .option('--sha512 <hex>', 'the same by SHA-512')
      .option('--sha1 <hex>', 'the same by SHA-1, which is not safe against forgery')
      .option('--md5 <hex>', 'the same by MD5, which is not safe against forgery')
      .option('--size <bytes>', 'the size that the file at --url must have')
      .option('-o, --output <path>', 'put them into this folder; with --url also: the file')
      .option('--force', 'replace other files of the same names')
      .addOption(link())
      .option('--limit-rate <rate>', 'bytes a second for all together, such as 5M')
      .option('--connections <n>', 'at most so many connections for one download')
      .option('--connections-per-host <n>', 'at most so many connections to one server')
      .option('--simultaneous <n>', 'so many downloads at the same time')
      .option('--retries <n>', 'so many tries in a row for a mirror')
      .option('--priority <n>', 'downloads with a higher one come first (default: 0)')
      .option('-y, --yes', 'do not ask')
      .addOption(accept()),
    async () => (await import('./commands/download.ts')).download,
  );

  const downloads = program
    .command('downloads')
    .description('downloads that run, wait or are paused, of all processes');
  const ids = 'ids of downloads, or their beginnings, or "all"';
  action(
    downloads
      .command('list')
      .description('list what is not over yet')
      .option('--all', 'also completed and cancelled ones')
      .option('--watch', 'go on showing them, until Ctrl-C'),
    async () => (await import('./commands/downloads.ts')).downloadsList,
  );
  action(
    downloads.command('pause').description('pause downloads; what is there is kept').argument('<ids...>', ids),
    async () => (await import('./commands/downloads-control.ts')).downloadsPause,
  );
  action(
    downloads
      .command('resume')
      .description('let downloads go on; those whose process has ended do so here')
      .argument('<ids...>', ids),
    async () => (await import('./commands/downloads-control.ts')).downloadsResume,
  );
  action(
    downloads
      .command('cancel')
      .description('stop downloads and remove what is there of them')
      .argument('<ids...>', ids),
    async () => (await import('./commands/downloads-control.ts')).downloadsCancel,
  );
  action(
    downloads
      .command('limit')
      .description('limit the rate of every process that downloads now')
      .argument('<rate>', 'bytes a second, such as 5M; or "off"'),
    async () => (await import('./commands/downloads-control.ts')).downloadsLimit,
  );
  action(
    downloads.command('stats').description('how much came from where, and what failed'),
    async () => (await import('./commands/downloads.ts')).downloadsStats,
  );
  action(
    downloads
      .command('prune')
      .description('forget downloads that are completed, cancelled or failed, and remove what failed ones have left')
      .requiredOption(
        '--older-than <time>',
        'only those that are over for so long: a number and s, m, h, d or w, such as 30d',
      ),
    async () => (await import('./commands/downloads.ts')).downloadsPrune,
  );

  action(
    withDigests(program.command('verify'), 'what they must be')
      .description('compare files with their checksums, or print those')
      .argument('[files...]', 'files or disks; with --checksums by default all of the list that are beside it')
      .option('--checksums <list>', 'a file of checksums such as SHA256SUMS'),
    async () => (await import('./commands/verify.ts')).verify,
  );
  action(
    withDigests(program.command('find'), 'what it is')
      .description('find a file by its checksum')
      .argument('<folders...>', 'where to look, with all folders below')
      .option('--size <bytes>', 'its exact size, which saves reading every file')
      .option('--all', 'all that are found, not only the first'),
    async () => (await import('./commands/find.ts')).find,
  );

  const library = program.command('library').description('the verified ISOs of this machine');
  action(
    library.command('list').description('list what is in the library'),
    async () => (await import('./commands/library.ts')).libraryList,
  );
  action(
    library
      .command('verify')
      .description('read everything in full; what has changed is set aside')
      .argument('[files...]', 'only these: names, or beginnings of SHA-256'),
    async () => (await import('./commands/library.ts')).libraryVerify,
  );
  action(
    library
      .command('add')
      .description('take files of your own into the library, so that they are never downloaded')
      .argument('<files...>', 'files; what each is, its SHA-256 tells')
      .addOption(link()),
    async () => (await import('./commands/library-change.ts')).libraryAdd,
  );
  action(
    library
      .command('remove')
      .description('remove files from the library')
      .argument('<files...>', 'names, or beginnings of SHA-256')
      .option('-y, --yes', 'do not ask'),
    async () => (await import('./commands/library-change.ts')).libraryRemove,
  );
  action(
    library
      .command('gc')
      .description('remove old versions and what killed downloads have left')
      .option('--keep-latest <count>', 'keep so many versions of each image, the newest (default: all)')
      .option('--unknown', 'also remove what the catalog does not know')
      .option('--dry-run', 'only show what would be removed')
      .option('-y, --yes', 'do not ask'),
    async () => (await import('./commands/library-change.ts')).libraryGc,
  );

  const stick = program.command('stick').description('look at a stick');
  action(
    stick.command('list').description('list what is on a stick').argument('<stick>', 'an image file or a device'),
    async () => (await import('./commands/stick.ts')).stickList,
  );
  action(
    stick
      .command('verify')
      .description('read everything on a stick and compare it with its manifest')
      .argument('<stick>', 'an image file or a device'),
    async () => (await import('./commands/stick.ts')).stickVerify,
  );

  action(
    program
      .command('boot')
      .description('try a stick in QEMU; the stick is not changed')
      .argument('<stick>', 'an image file or a device')
      .option('--uefi', 'start by UEFI instead of BIOS')
      .option('--entry <id...>', 'only this entry, by its id or the beginning of its title')
      .option('--check', 'start each entry, follow its serial console, say how far it comes')
      .option('--expect <text>', 'with --check: the text on the serial console that proves the userland')
      .option('--timeout <seconds>', 'with --check: how long one entry may take', '180')
      .option('--screenshot <file>', 'save a picture of the menu as PNG')
      .option('--memory <size>', 'memory of the virtual machine', '2G'),
    async () => (await import('./commands/boot.ts')).boot,
  );
  action(
    program
      .command('devices')
      .description('list the disks on which a stick can be made')
      .option('--all', 'all disks, and why not'),
    async () => (await import('./commands/devices.ts')).devices,
  );
  action(
    program
      .command('inspect')
      .description('look inside an ISO: what it is, which recipe knows it, which entries it gives')
      .argument('<file>', 'an ISO file')
      .option('--files', 'list the files inside, too'),
    async () => (await import('./commands/inspect.ts')).inspect,
  );
  action(
    program.command('doctor').description('check that the system programs are there, and say how to install them'),
    async () => (await import('./commands/doctor.ts')).doctor,
  );
  action(
    program.command('plugins').description('list the plugins and what became of them'),
    async () => (await import('./commands/plugins.ts')).plugins,
  );
  program
    .command('completion')
    .description('print a completion script')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      const { completionScript } = await import('./commands/completion.ts');
      process.stdout.write(completionScript(shell, program));
    });

  return { program, exitStatus: () => status };
}

/** For options that may be given more than once. */
function gather(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function withDigests(command: Command, what: string): Command {
  return command
    .option('--sha256 <hex>', `${what}, by SHA-256`)
    .option('--sha512 <hex>', `${what}, by SHA-512`)
    .option('--sha1 <hex>', `${what}, by SHA-1, which is not safe against forgery`)
    .option('--md5 <hex>', `${what}, by MD5, which is not safe against forgery`);
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

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
