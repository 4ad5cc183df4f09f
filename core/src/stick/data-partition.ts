import { createHash } from 'node:crypto';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { failure, printable } from '../engine/errors.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import type { StickIdentity } from './identity.ts';
import { SECTOR, type Layout, type Partition } from './layout.ts';
import { DATA_PATH } from './manifest.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import type { Work } from './work.ts';

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

// All of them by name, so that neither the release of e2fsprogs nor the machine's mke2fs.conf decides what is on the
// stick: what ext4 has had since e2fsprogs 1.43, and what GRUB 2.06 and the kernels of all live systems can read.
const FEATURES = [
  ...['none', 'has_journal', 'ext_attr', 'resize_inode', 'dir_index', 'filetype', 'extent', '64bit', 'flex_bg'],
  ...['sparse_super', 'large_file', 'huge_file', 'dir_nlink', 'extra_isize', 'metadata_csum'],
].join(',');

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
    ...['-q', '-F', '-F', '-t', 'ext4', '-b', '4096', '-I', '256', '-i', '1048576', '-m', '0', '-L', 'loopstick'],
    ...['-O', FEATURES, '-J', `size=${layout.journal}`, '-U', identity.dataUuid, '-E', extended],
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

/** Checks the structure of the filesystem. @throws LoopstickError STICK_READ_BACK */
export async function checkDataFilesystem(work: Work, data: Partition): Promise<void> {
  const { exitCode } = await work.run('e2fsck', ['-f', '-n', filesystem(work, data)], { accept: [0, 4, 8] });
  if (exitCode !== 0) throw failure(STICK_ERRORS.readBack, { target: work.label, what: 'the data filesystem' });
}

/** SHA-256 of a file on the data partition. */
export async function hashDataFile(
  work: Work,
  data: Partition,
  path: string,
  onBytes: (count: number) => void,
): Promise<string> {
  return work.stream('debugfs', ['-R', `cat ${checked(path)}`, filesystem(work, data)], async (stdout) => {
    const hash = createHash('sha256');
    for await (const chunk of stdout as AsyncIterable<Buffer>) {
      hash.update(chunk);
      onBytes(chunk.length);
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
