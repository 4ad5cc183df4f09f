import type { Command } from 'commander';

import { accept, gather, link, withMirrors, type Action } from './options.ts';

/** `loopstick download` and `downloads`. */
export function addDownload(program: Command, action: Action): void {
  action(
    withMirrors(program.command('download'))
      .description('download images into the library, or any file, verified')
      .argument('[images...]', 'images of the catalog, and metalinks (./any.meta4)')
      .option('--url <url>', 'download the file at this address instead')
      .option('--mirror <url>', 'another address of that file, or of the one image; may be given again', gather)
      .option('--torrents', "use images' own torrents beside their mirrors (default: the setting downloads.torrents)")
      .option('--no-torrents', 'use mirrors only')
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
    async () => (await import('../commands/download.ts')).download,
  );

  action(
    program
      .command('seed')
      .description('give an image of the library, or any file, to others by torrent, until Ctrl-C')
      .argument('<image>', 'an image of the catalog that is in the library, or a file (./any.iso)')
      .option('--torrent <address>', 'as this torrent: torrent+https:// and the rest of the address of its file')
      .option('--own', 'as a torrent that is made of the file, also where the vendor has one')
      .option('--host <address>', 'be reached at this address of this machine only')
      .option('--port <n>', 'be reached at this port (default: any that is free)')
      .option('--limit-rate <rate>', 'give so many bytes a second at most, such as 5M')
      .option('--save-torrent <file>', 'write a torrent file for other programs'),
    async () => (await import('../commands/seed.ts')).seed,
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
    async () => (await import('../commands/downloads.ts')).downloadsList,
  );
  action(
    downloads.command('pause').description('pause downloads; what is there is kept').argument('<ids...>', ids),
    async () => (await import('../commands/downloads-control.ts')).downloadsPause,
  );
  action(
    downloads
      .command('resume')
      .description('let downloads go on; those whose process has ended do so here')
      .argument('<ids...>', ids),
    async () => (await import('../commands/downloads-control.ts')).downloadsResume,
  );
  action(
    downloads
      .command('cancel')
      .description('stop downloads and remove what is there of them')
      .argument('<ids...>', ids),
    async () => (await import('../commands/downloads-control.ts')).downloadsCancel,
  );
  action(
    downloads
      .command('limit')
      .description('limit the rate of every process that downloads now')
      .argument('<rate>', 'bytes a second, such as 5M; or "off"'),
    async () => (await import('../commands/downloads-control.ts')).downloadsLimit,
  );
  action(
    downloads.command('stats').description('how much came from where, and what failed'),
    async () => (await import('../commands/downloads.ts')).downloadsStats,
  );
  action(
    downloads
      .command('prune')
      .description('forget downloads that are completed, cancelled or failed, and remove what failed ones have left')
      .requiredOption(
        '--older-than <time>',
        'only those that are over for so long: a number and s, m, h, d or w, such as 30d',
      ),
    async () => (await import('../commands/downloads.ts')).downloadsPrune,
  );
}
