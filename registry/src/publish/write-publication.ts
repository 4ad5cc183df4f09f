import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { makeFolder, systemCode, writeFileDurably, type Context } from '@loopstick/core';
import type { Metadata, Root } from '@tufjs/models';

import { hashedName, METADATA_FOLDER, TARGETS_FOLDER } from '../tuf/roles.ts';
import type { Publication } from './plan-publication.ts';
import { removeFormer } from './remove-former.ts';
import type { RegistryFolder } from './registry-folder.ts';
import { fileOf } from './sign.ts';

/**
 * Writes a publication: what is named before what names it, and the timestamp, by which readers learn of all, at last.
 * Every version of a file has a name of its own, so nothing that a reader may be reading changes.
 * @returns the names of the files that are new, below `public`
 */
export async function writePublication(
  folder: RegistryFolder,
  { root, targets, snapshot, timestamp, content }: Publication,
  { random }: Pick<Context, 'random'>,
): Promise<string[]> {
  const { metadata } = folder;
  const files: [string, string, Uint8Array][] = [
    ...content.map(({ target, sha256, bytes }): [string, string, Uint8Array] => [
      folder.targets,
      hashedName(target, sha256),
      bytes,
    ]),
    [metadata, `${root.signed.version}.root.json`, fileOf(root)],
    // Over what a publication has left that was interrupted: nothing names it.
    [metadata, `${targets.signed.version}.targets.json`, fileOf(targets)],
    [metadata, `${snapshot.signed.version}.snapshot.json`, fileOf(snapshot)],
    [metadata, 'timestamp.json', fileOf(timestamp)],
  ];
  const written: string[] = [];
  for (const [base, name, bytes] of files) {
    if (!(await write(join(base, name), bytes, random))) continue;
    written.push(`${base === metadata ? METADATA_FOLDER : TARGETS_FOLDER}/${name}`);
  }
  await removeFormer(folder, { targets: targets.signed.version, snapshot: snapshot.signed.version });
  return written;
}

/** Writes a root alone. */
export async function writeRoot(
  { metadata }: RegistryFolder,
  root: Metadata<Root>,
  { random }: Pick<Context, 'random'>,
): Promise<void> {
  await write(join(metadata, `${root.signed.version}.root.json`), fileOf(root), random);
}

/** False when it was there already. */
async function write(path: string, bytes: Uint8Array, random: Context['random']): Promise<boolean> {
  if (await holds(path, bytes)) return false;
  await makeFolder(dirname(path));
  await writeFileDurably(path, bytes, Buffer.from(random(6)).toString('hex'));
  return true;
}

async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    return (await readFile(path)).equals(bytes);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
