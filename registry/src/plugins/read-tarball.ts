import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { failure, formatBytes, messageOf } from '@loopstick/core';
import { Parser, type ReadEntry } from 'tar';

import { PackageIntake, TARBALL_LIMIT, UNPACKED_LIMIT, type PackageFile } from './package-files.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';

/** Headers and padding of a tar come on top of the files. */
const TAR_LIMIT = 2 * UNPACKED_LIMIT;

/**
 * The files of a tarball as npm packs it: gzip, and one folder around all files, whose name does not matter. Nothing is
 * written anywhere.
 * @param name as messages call it
 * @throws LoopstickError PLUGIN_PACKAGE_TOO_LARGE, PLUGIN_PACKAGE_UNREADABLE; those of PackageIntake
 */
export async function readTarball(tarball: Uint8Array, name: string): Promise<readonly PackageFile[]> {
  if (tarball.length > TARBALL_LIMIT) {
    throw failure(PLUGIN_ERRORS.tooLarge, { package: name, limit: formatBytes(TARBALL_LIMIT) });
  }
  const tar = await unzipped(tarball, name);
  // POSIX.1-1988 and later; without it the parser would take other things for tars, such as a second layer of gzip.
  if (tar.toString('latin1', 257, 262) !== 'ustar') throw unreadable(name, new Error('it is no tar archive'));
  const intake = new PackageIntake(name);
  let problem: unknown;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      if (problem === undefined) {
        try {
          take(entry, intake);
          return;
        } catch (error) {
          problem = error;
        }
      }
      entry.resume();
    },
  });
  // With "strict", whatever is odd about the tar itself is an error.
  parser.on('error', (error) => (problem ??= unreadable(name, error)));
  await new Promise<void>((resolve) => {
    parser.on('end', resolve).on('error', () => {
      resolve();
    });
    parser.end(tar);
  });
  if (problem !== undefined) throw problem as Error;
  return intake.files;
}

/** @throws LoopstickError PLUGIN_PACKAGE_UNREADABLE, PLUGIN_UNPACKS_TOO_LARGE */
async function unzipped(tarball: Uint8Array, name: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(tarball, { maxOutputLength: TAR_LIMIT });
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw failure(PLUGIN_ERRORS.unpacksTooLarge, { package: name, limit: formatBytes(UNPACKED_LIMIT) }, { cause });
    }
    throw unreadable(name, cause);
  }
}

function take(entry: ReadEntry, intake: PackageIntake): void {
  const { type, size, meta } = entry;
  if (meta) {
    entry.resume();
    return;
  }
  const path = insidePath(entry.path);
  // The folder around all others.
  if (path === undefined && type === 'Directory') {
    entry.resume();
    return;
  }
  intake.announce(path ?? entry.path, KINDS[type] ?? 'other', size);
  const chunks: Buffer[] = [];
  entry.on('data', (chunk: Buffer) => chunks.push(chunk));
  entry.on('end', () => {
    if (KINDS[type] === 'file' && path !== undefined) intake.add(path, Buffer.concat(chunks));
  });
}

const KINDS: Readonly<Partial<Record<string, 'file' | 'folder' | 'link'>>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'folder',
  GNUDumpDir: 'folder',
  Link: 'link',
  SymbolicLink: 'link',
};

/** What is inside the outermost folder; undefined for that itself. What leads out or is absolute stays as it is. */
function insidePath(path: string): string | undefined {
  if (/^[/\\]|^[A-Za-z]:/.test(path)) return path;
  const [first, ...rest] = path.replace(/^\.\//, '').replace(/\/$/, '').split('/');
  if (first === '..') return path;
  return rest.length === 0 ? undefined : rest.join('/');
}

function unreadable(name: string, cause: unknown): Error {
  return failure(PLUGIN_ERRORS.unreadable, { package: name, problem: messageOf(cause) }, { cause });
}
