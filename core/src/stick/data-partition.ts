import { createHash } from 'node:crypto';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { failure, printable } from '../engine/errors.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import type { StickIdentity } from './identity.ts';
import { journalSize, SECTOR, type Layout, type Partition } from './layout.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import type { Work } from './work.ts';

/** A path on the data partition. debugfs splits its commands at blanks, so nothing else is let through. */
export const DATA_PATH: RegExp = /^(\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/;

export interface DataFile {
  /** Where on the data partition; see DATA_PATH. */
  readonly path: string;
  /** The file to copy from. */
  readonly source: string;
  readonly size: number;
  readonly sha256: string;
}

// e2fsprogs reads options behind a question mark in the name of a file or device (unix_io.c).
const filesystem = (work: Work, data: Partition): string => `${work.path}?offset=${data.start * SECTOR}`;

/** Makes the ext4 filesystem. Everything is written at once: nothing is left for the first mount to do. */
export async function formatData(work: Work, layout: Layout, identity: StickIdentity): Promise<void> {
  const { start, sectors } = layout.data;
  const extended = [
    `offset=${start * SECTOR}`,
    `hash_seed=${identity.hashSeed}`,
    'lazy_itable_init=0',
    'lazy_journal_init=0',
    'root_owner=0:0',
    'nodiscard',
  ].join(',');
  await work.run('mke2fs', [
    ...['-q', '-F', '-F', '-t', 'ext4', '-T', 'largefile', '-b', '4096', '-m', '0', '-L', 'loopstick'],
    // What a kernel of 2018 and the GRUB of 2021 can read, whatever the defaults of this e2fsprogs are.
    ...['-O', '^metadata_csum_seed,^orphan_file,^casefold'],
    ...['-J', `size=${journalSize(sectors * SECTOR)}`, '-U', identity.dataUuid, '-E', extended],
    ...[work.path, `${(sectors * SECTOR) / 1024}k`],
  ]);
}

/** Copies the files onto the filesystem, making their folders. */
export async function writeDataFiles(work: Work, data: Partition, files: readonly DataFile[]): Promise<void> {
  const links = await mkdtemp(join(work.directory, 'data-'));
  try {
    const folders = new Set(
      files.map(({ path }) => path.slice(0, path.lastIndexOf('/'))).filter((path) => path !== ''),
    );
    const commands = [...folders].sort().map((folder) => `mkdir ${checked(folder)}`);
    for (const [index, { path, source }] of files.entries()) {
      // The source can have any name; debugfs sees a link without a blank in it.
      await symlink(source, join(links, `file-${index}`));
      commands.push(`write file-${index} ${checked(path)}`);
      commands.push(`set_inode_field ${checked(path)} mode 0100644`);
    }
    await debugfs(work, data, commands, links);
  } finally {
    await rm(links, { recursive: true, force: true });
  }
}

/** Reads every file back and checks the filesystem. @throws LoopstickError STICK_READ_BACK */
export async function checkDataFiles(
  work: Work,
  data: Partition,
  files: readonly Pick<DataFile, 'path' | 'sha256' | 'size'>[],
  onProgress: (path: string, done: number, total: number) => void,
): Promise<void> {
  for (const { path, sha256, size } of files) {
    const found = await hashDataFile(work, data, path, (done) => {
      onProgress(path, done, size);
    });
    if (found !== sha256) throw failure(STICK_ERRORS.readBack, { target: work.label, what: path });
  }
  const { exitCode } = await work.run('e2fsck', ['-f', '-n', filesystem(work, data)], { accept: [0, 4, 8] });
  if (exitCode !== 0) throw failure(STICK_ERRORS.readBack, { target: work.label, what: 'the data filesystem' });
}

async function hashDataFile(
  work: Work,
  data: Partition,
  path: string,
  onProgress: (done: number) => void,
): Promise<string> {
  return work.stream('debugfs', ['-R', `cat ${checked(path)}`, filesystem(work, data)], async (stdout) => {
    const hash = createHash('sha256');
    let done = 0;
    for await (const chunk of stdout as AsyncIterable<Buffer>) {
      hash.update(chunk);
      done += chunk.length;
      onProgress(done);
    }
    return hash.digest('hex');
  });
}

/** The names in a folder of the data partition. */
export async function listDataFolder(work: Work, data: Partition, path: string): Promise<string[]> {
  const { stdout } = await work.run('debugfs', [
    '-R',
    `ls -p ${path === '/' ? '/' : checked(path)}`,
    filesystem(work, data),
  ]);
  // One line an entry: /inode/mode/uid/gid/name/size/
  return [...stdout.matchAll(/^\/\d+\/\d+\/\d+\/\d+\/([^/]+)\/\d*\/$/gm)].map((match) => match[1] ?? '');
}

/** The content of a small file on the data partition, cut off beyond `limit` bytes. */
export async function readDataFile(work: Work, data: Partition, path: string, limit: number): Promise<Buffer> {
  return work.stream('debugfs', ['-R', `cat ${checked(path)}`, filesystem(work, data)], async (stdout) => {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of stdout as AsyncIterable<Buffer>) {
      if (length < limit) chunks.push(chunk);
      length += chunk.length;
    }
    return Buffer.concat(chunks).subarray(0, limit);
  });
}

/** debugfs ends with 0 whatever happens; what it has to complain about is on standard error, behind its banner. */
async function debugfs(work: Work, data: Partition, commands: readonly string[], cwd: string): Promise<void> {
  const { stderr } = await work.run('debugfs', ['-w', '-f', '-', filesystem(work, data)], {
    cwd,
    input: `${commands.join('\n')}\n`,
  });
  const complaints = stderr.split('\n').filter((line) => line.trim() !== '' && !/^debugfs \d/.test(line));
  if (complaints.length > 0) {
    const problem = printable(complaints.slice(0, 3).join('; '));
    throw failure(ENGINE_ERRORS.toolFailed, { tool: 'debugfs', status: 0, problem });
  }
}

function checked(path: string): string {
  if (!DATA_PATH.test(path)) throw new TypeError(`not a path for the data partition: ${printable(path)}`);
  return path;
}
