import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { writeFileDurably } from '../../engine/durable.ts';
import type { Engine } from '../../engine/engine.ts';
import { systemCode } from '../../engine/errors.ts';
import { CONTINENTS } from '../../engine/hooks.ts';
import { makeFolder } from '../../engine/make-folder.ts';
import { webAddress } from './addresses.ts';
import { MOST_LISTED, type ListedMirror } from './listed-mirror.ts';
import type { ListAddress } from './parse-list.ts';

const FOLDER = 'mirror-lists';
const LARGEST = 8 * 1024 * 1024;
const FRESH_MS = 24 * 3600 * 1000;

/** The mirrors of a list as they were when it was fetched. */
export interface KeptList {
  readonly fetched: Date;
  readonly mirrors: readonly ListedMirror[];
}

interface Note {
  readonly schema: 1;
  /** What the list is of; another one may have the same name in the folder only by design. */
  readonly list: string;
  readonly fetched: string;
  readonly mirrors: readonly ListedMirror[];
}

const noteSchema: z.ZodType<Note, unknown> = z.object({
  schema: z.literal(1),
  list: z.string(),
  fetched: z.iso.datetime(),
  mirrors: z
    .array(
      z.object({
        url: z.string().refine((text) => webAddress(text)?.href === text),
        country: z
          .string()
          .regex(/^[a-z]{2}$/)
          .optional(),
        continent: z.enum(CONTINENTS).optional(),
        bandwidth: z.number().min(0).max(1).optional(),
      }),
    )
    .min(1)
    .max(MOST_LISTED),
});

/** Lists of mirrors that were fetched before: `<cache>/mirror-lists/<SHA-256>.json`, a file for each. */
export class KeptLists {
  readonly #context: Engine['context'];

  constructor({ context }: Pick<Engine, 'context'>) {
    this.#context = context;
  }

  /** Undefined when there is none, or what is there is damaged. */
  async find(list: ListAddress): Promise<KeptList | undefined> {
    try {
      const note = noteSchema.parse(JSON.parse(await readCapped(this.#placeOf(list))));
      if (note.list !== keyOf(list)) return undefined;
      return { fetched: new Date(note.fetched), mirrors: note.mirrors };
    } catch {
      return undefined;
    }
  }

  /** Younger than a day. One from the future is not, because then nobody knows how old it is. */
  isFresh({ fetched }: KeptList): boolean {
    const age = this.#context.now().getTime() - fetched.getTime();
    return age >= 0 && age < FRESH_MS;
  }

  /** Where nothing can be kept, for whatever reason the system has, nothing is lost but time. */
  async keep(list: ListAddress, mirrors: readonly ListedMirror[]): Promise<void> {
    const { now, random, paths } = this.#context;
    const note: Note = { schema: 1, list: keyOf(list), fetched: now().toISOString(), mirrors };
    try {
      await makeFolder(join(paths.cache, FOLDER));
      const suffix = Buffer.from(random(6)).toString('hex');
      await writeFileDurably(this.#placeOf(list), `${JSON.stringify(note)}\n`, suffix);
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
    }
  }

  #placeOf(list: ListAddress): string {
    const name = createHash('sha256').update(keyOf(list)).digest('hex');
    return join(this.#context.paths.cache, FOLDER, `${name}.json`);
  }
}

/** Of a metalink only what it says of one file is kept; the others say the same of all. */
function keyOf({ format, url, file }: ListAddress): string {
  return JSON.stringify(format === 'metalink' ? [format, url, file] : [format, url]);
}

async function readCapped(path: string): Promise<string> {
  const file = await open(path);
  try {
    if ((await file.stat()).size > LARGEST) return '';
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
