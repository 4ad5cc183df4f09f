/**
 * What was written on sticks here. A stick says all of itself, but lies in a drawer when somebody wants to know, before a
 * plugin goes, what has come from it.
 */
import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { z } from 'zod';

import type { Context } from '../engine/context.ts';
import { writeFileDurably } from '../engine/durable.ts';
import { systemCode } from '../engine/errors.ts';
import { makeFolder } from '../engine/make-folder.ts';
import { readRegularFile } from '../engine/regular-file.ts';
import type { StickManifest } from './manifest.ts';
import type { StickTarget } from './target.ts';

/** A stick as it was when it was made; what became of it since then nobody knows. */
export interface MadeStick {
  readonly id: string;
  readonly title: string;
  /** Path of the image file, or the one that the device had. */
  readonly place: string;
  /** ISO 8601, UTC. */
  readonly made: string;
  readonly bootloader: { readonly name: string; readonly pluginId: string };
  /** `recipe` begins with the id of its plugin: `distro-ubuntu/casper`. */
  readonly images: readonly { readonly id: string; readonly recipe: string }[];
}

const text = z.string().max(4096);
const stickSchema: z.ZodType<MadeStick, unknown> = z.object({
  id: text,
  title: text,
  place: text,
  made: z.iso.datetime(),
  bootloader: z.object({ name: text, pluginId: text }),
  images: z.array(z.object({ id: text, recipe: text })).max(200),
});

type Outer = Pick<Context, 'paths' | 'random' | 'now'>;

const MOST = 500;

/**
 * Notes a stick in place of what was on the same medium, or in the same file, before. Each has a file of its own, so that
 * processes do not stand in each other's way. Where the system lets nothing be noted, the stick is no worse for it.
 */
export async function noteStick(
  context: Outer,
  target: StickTarget,
  { id, title, images }: StickManifest,
  bootloader: MadeStick['bootloader'],
): Promise<void> {
  const place = target.kind === 'image' ? resolve(target.path) : target.device.path;
  const made: MadeStick = {
    ...{ id, title, place, made: context.now().toISOString() },
    bootloader: { name: bootloader.name, pluginId: bootloader.pluginId },
    images: images.map(({ id: image, recipe }) => ({ id: image, recipe })),
  };
  const name = createHash('sha256')
    .update(mediumOf(target, place, id))
    .digest('hex')
    .slice(0, 16);
  const folder = folderOf(context);
  try {
    await makeFolder(folder);
    const suffix = Buffer.from(context.random(6)).toString('hex');
    await writeFileDurably(join(folder, `${name}.json`), `${JSON.stringify(made)}\n`, suffix);
    await forgetOldest(folder);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

/** The sticks that were made here, newest first. A note that is damaged is as good as none. */
export async function madeSticks(context: Pick<Context, 'paths'>): Promise<MadeStick[]> {
  const folder = folderOf(context);
  const read = async (name: string): Promise<MadeStick | undefined> => {
    try {
      return stickSchema.safeParse(JSON.parse(String(await readRegularFile(join(folder, name))))).data;
    } catch {
      return undefined;
    }
  };
  const sticks = await Promise.all((await notesIn(folder)).map(read));
  return sticks.filter((stick) => stick !== undefined).sort((a, b) => (a.made < b.made ? 1 : -1));
}

/** Paths of devices are given to the next one that is put in, so that a stick without a serial number is known by its id. */
function mediumOf(target: StickTarget, place: string, id: string): string {
  if (target.kind === 'image') return `file ${place}`;
  const { model, serial } = target.device;
  return serial === '' ? `stick ${id}` : `device ${model} ${serial}`;
}

function folderOf({ paths }: Pick<Context, 'paths'>): string {
  return join(paths.state, 'sticks');
}

async function notesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.json'));
}

async function forgetOldest(folder: string): Promise<void> {
  const names = await notesIn(folder);
  if (names.length <= MOST) return;
  const aged = await Promise.all(names.map(async (name) => ({ name, age: (await stat(join(folder, name))).mtimeMs })));
  aged.sort((a, b) => a.age - b.age);
  for (const { name } of aged.slice(0, names.length - MOST)) await rm(join(folder, name), { force: true });
}
