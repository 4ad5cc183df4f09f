/**
 * How files looked when they were installed. To read and hash all of them at each start would cost more than all else
 * that the start does, so only these are compared: sizes, times and inodes. Where they differ, everything is read.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeFolder, systemCode, writeFileDurably, type Context } from '@loopstick/core';
import { z } from 'zod';

import type { PluginsFolder } from './plugin-lock.ts';

/** By the name of a plugin's folder, and that of the record by LOCK_STAMP. */
export type Stamps = Readonly<Record<string, string>>;

/** Under this name stands the SHA-256 of the record when it was last found to be right. No folder has such a name. */
export const LOCK_STAMP = 'plugins.lock.json';

const stampsSchema: z.ZodType<Stamps, unknown> = z.record(z.string(), z.string());

/**
 * Of all that is in a folder. Without leaving the thread: for a few hundred files this takes milliseconds, and many
 * times as long otherwise. The time of the last change of an inode (ctime) nobody can set back who is not root.
 * @throws the system's own errors
 */
export function stampOf(directory: string): string {
  const hash = createHash('sha256');
  const walk = (inner: string): void => {
    for (const name of readdirSync(join(directory, inner)).sort()) {
      const path = inner === '' ? name : `${inner}/${name}`;
      const stat = lstatSync(join(directory, path), { bigint: true });
      if (stat.isDirectory()) walk(path);
      else hash.update(`${path}\0${stat.mode}\0${stat.size}\0${stat.mtimeNs}\0${stat.ctimeNs}\0${stat.ino}\n`);
    }
  };
  walk('');
  return hash.digest('hex');
}

/** None when they cannot be read: then everything is read. */
export function readStampsNow({ stampsFile }: PluginsFolder): Stamps {
  try {
    return stampsSchema.safeParse(JSON.parse(readFileSync(stampsFile, 'utf8'))).data ?? {};
  } catch {
    return {};
  }
}

/** Adds stamps, and drops those of folders that are no more. */
export async function keepStamps(
  folder: PluginsFolder,
  added: Stamps,
  kept: ReadonlySet<string>,
  { random }: Pick<Context, 'random'>,
): Promise<void> {
  const all = Object.entries({ ...readStampsNow(folder), ...added }).filter(
    ([name]) => name === LOCK_STAMP || kept.has(name),
  );
  await makeFolder(folder.root);
  const json = `${JSON.stringify(Object.fromEntries(all.sort()), null, 2)}\n`;
  await writeFileDurably(folder.stampsFile, json, Buffer.from(random(6)).toString('hex'));
}

/** The same where it is a convenience: on a disk that cannot be written the next start reads everything once more. */
export async function tryKeepStamps(...parameters: Parameters<typeof keepStamps>): Promise<void> {
  try {
    await keepStamps(...parameters);
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '')) throw error;
  }
}
