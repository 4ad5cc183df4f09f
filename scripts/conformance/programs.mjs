/**
 * The programs that are compared, called as someone would who knows their options: they resume, try three times,
 * give up on silence after three seconds, and use four connections where they can. `{urls, file, sha256}` to arguments.
 * What takes only one address is called again with the next one when it fails, as a script would.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const LOOPSTICK = fileURLToPath(new URL('../../cli/bin/loopstick.js', import.meta.url));

const aria2 = ({ urls, file }) => [
  ...['--no-conf', '--continue', '--auto-file-renaming=false', '--file-allocation=none', '--summary-interval=0'],
  ...['--split=4', '--max-connection-per-server=4', '--min-split-size=1M', '--max-tries=3', '--retry-wait=1'],
  ...[
    '--lowest-speed-limit=1K',
    '--timeout=3',
    '--connect-timeout=3',
    `--dir=${dirname(file)}`,
    '--out=image.iso',
    ...urls,
  ],
];

const wget2 = ({ urls: [url], file }) => [
  ...[
    '--no-config',
    '--quiet',
    '--tries=3',
    '--waitretry=1',
    '--timeout=3',
    `--directory-prefix=${dirname(file)}`,
    url,
  ],
];

const loopstick = ({ urls: [url, ...mirrors], file }) => [
  ...[LOOPSTICK, 'download', '--url', url, ...mirrors.flatMap((mirror) => ['--mirror', mirror]), '--output', file],
];

export const PROGRAMS = [
  {
    name: 'loopstick --sha256',
    run: process.execPath,
    version: [LOOPSTICK, '--version'],
    takesAll: true,
    args: (job) => [...loopstick(job), '--sha256', job.sha256],
  },
  { name: 'loopstick', run: process.execPath, version: [LOOPSTICK, '--version'], takesAll: true, args: loopstick },
  {
    name: 'aria2c --checksum',
    run: 'aria2c',
    version: ['--version'],
    takesAll: true,
    args: (job) => [`--checksum=sha-256=${job.sha256}`, ...aria2(job)],
  },
  { name: 'aria2c', run: 'aria2c', version: ['--version'], takesAll: true, args: aria2 },
  {
    name: 'curl',
    run: 'curl',
    version: ['--version'],
    args: ({ urls: [url], file }) => [
      ...[
        '--fail',
        '--location',
        '--silent',
        '--show-error',
        '--continue-at',
        '-',
        '--retry',
        '3',
        '--retry-delay',
        '1',
      ],
      ...['--retry-all-errors', '--connect-timeout', '3', '--speed-limit', '1000', '--speed-time', '3'],
      ...['--output', file, url],
    ],
  },
  {
    name: 'wget',
    run: 'wget',
    version: ['--version'],
    args: ({ urls: [url], file }) => [
      ...['--no-config', '--no-verbose', '--continue', '--tries=3', '--waitretry=1', '--timeout=3'],
      ...['--retry-on-http-error=429,500,503', `--directory-prefix=${dirname(file)}`, url],
    ],
  },
  {
    name: 'wget2',
    run: 'wget2',
    version: ['--version'],
    args: (job) => ['--continue', ...wget2(job)],
  },
  {
    // With --continue as well it never ends, also without any fault: it then asks for two ranges in one.
    name: 'wget2 --chunk-size',
    run: 'wget2',
    version: ['--version'],
    args: (job) => ['--chunk-size=2M', '--max-threads=4', ...wget2(job)],
  },
  {
    name: 'axel',
    run: 'axel',
    version: ['--version'],
    takesAll: true,
    args: ({ urls, file }) => ['--quiet', '--num-connections=4', '--timeout=3', `--output=${file}`, ...urls],
  },
];
