import type { Command } from 'commander';

import { link, withDigests, type Action } from './options.ts';

/** `loopstick verify`, `find` and `library`. */
export function addFiles(program: Command, action: Action): void {
  action(
    withDigests(program.command('verify'), 'what they must be')
      .description('compare files with their checksums, or print those')
      .argument('[files...]', 'files or disks; with --checksums by default all of the list that are beside it')
      .option('--checksums <list>', 'a file of checksums such as SHA256SUMS'),
    async () => (await import('../commands/verify.ts')).verify,
  );
  action(
    withDigests(program.command('find'), 'what it is')
      .description('find a file by its checksum')
      .argument('<folders...>', 'where to look, with all folders below')
      .option('--size <bytes>', 'its exact size, which saves reading every file')
      .option('--all', 'all that are found, not only the first'),
    async () => (await import('../commands/find.ts')).find,
  );

  const library = program.command('library').description('the verified ISOs of this machine');
  action(
    library.command('list').description('list what is in the library'),
    async () => (await import('../commands/library.ts')).libraryList,
  );
  action(
    library
      .command('verify')
      .description('read everything in full; what has changed is set aside')
      .argument('[files...]', 'only these: names, or beginnings of SHA-256'),
    async () => (await import('../commands/library.ts')).libraryVerify,
  );
  action(
    library
      .command('add')
      .description('take files of your own into the library, so that they are never downloaded')
      .argument('<files...>', 'files; what each is, its SHA-256 tells')
      .addOption(link()),
    async () => (await import('../commands/library-change.ts')).libraryAdd,
  );
  action(
    library
      .command('remove')
      .description('remove files from the library')
      .argument('<files...>', 'names, or beginnings of SHA-256')
      .option('-y, --yes', 'do not ask'),
    async () => (await import('../commands/library-change.ts')).libraryRemove,
  );
  action(
    library
      .command('gc')
      .description('remove old versions and what killed downloads have left')
      .option('--keep-latest <count>', 'keep so many versions of each image, the newest (default: all)')
      .option('--unknown', 'also remove what the catalog does not know')
      .option('--dry-run', 'only show what would be removed')
      .option('-y, --yes', 'do not ask'),
    async () => (await import('../commands/library-change.ts')).libraryGc,
  );
}
