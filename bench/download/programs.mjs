/** The programs that are compared, and how each is told to download and to verify. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LOOPSTICK = fileURLToPath(new URL('../../cli/bin/loopstick.js', import.meta.url));

/**
 * `commands` gives the steps of one download. `job`: {urls, sha256, size, folder, name, file, connections, killed,
 * resume, checksum}. Several `urls` are mirrors, the fastest first; `killed` says that the program will be killed, and
 * `resume` that it was; `checksum` is the command that prints the SHA-256 of a file fastest here.
 */
export const PROGRAMS = {
  loopstick: {
    command: process.execPath,
    commands: ({ urls, sha256, file, connections }) => [
      [
        process.execPath,
        LOOPSTICK,
        'download',
        ...['--url', urls[0]],
        ...urls.slice(1).flatMap((url) => ['--mirror', url]),
        ...['--sha256', sha256, '-o', file],
        ...(connections === undefined ? [] : ['--connections-per-host', String(connections)]),
      ],
    ],
  },
  aria2c: { command: 'aria2c', commands: (job) => aria2c(job, []) },
  // Smaller splits than by default (20 MiB), with which it does better on several mirrors.
  'aria2c -k1M': { command: 'aria2c', commands: (job) => aria2c(job, ['-k1M']) },
  curl: {
    command: 'curl',
    commands: ({ urls, file, checksum, resume }) => [
      ['curl', '-sSf', '-o', file, ...(resume ? ['-C', '-'] : []), urls[0]],
      [...checksum, file],
    ],
  },
  wget2: {
    command: 'wget2',
    commands: ({ urls, file, checksum, resume, connections }) => [
      [
        ...['wget2', '-q', '--no-config', '-O', file],
        ...(connections === undefined ? [] : [`--max-threads=${connections}`, '--chunk-size=8M']),
        ...(resume ? ['-c'] : []),
        urls[0],
      ],
      [...checksum, file],
    ],
  },
};

export async function isInstalled(command) {
  return run('sh', ['-c', 'command -v "$0"', command]).then(
    () => true,
    () => false,
  );
}

/** The program that hashes this file fastest here. */
export async function fastestChecksum(file) {
  const candidates = [['sha256sum'], ['openssl', 'dgst', '-sha256']];
  const times = [];
  for (const command of candidates) {
    if (!(await isInstalled(command[0]))) continue;
    const began = performance.now();
    await run(command[0], [...command.slice(1), file]);
    times.push({ command, ms: performance.now() - began });
  }
  return times.sort((a, b) => a.ms - b.ms)[0].command;
}

function aria2c({ urls, sha256, folder, name, connections, killed, resume }, more) {
  return [
    [
      'aria2c',
      // Without preallocation, which costs it time.
      ...['--no-conf', '-q', '--file-allocation=none', `--checksum=sha-256=${sha256}`, ...more],
      ...['-d', folder, '-o', name],
      ...(connections === undefined ? [] : [`-x${connections}`, `-s${connections}`]),
      // By default it would save its state once a minute only.
      ...(killed ? ['--auto-save-interval=1'] : []),
      ...(resume ? ['-c'] : []),
      ...urls,
    ],
  ];
}
