import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Engine } from '../../engine/engine.ts';
import { failure, isLoopstickError, messageOf, reasonOf, systemCode } from '../../engine/errors.ts';
import { requireFile } from '../part/part-file.ts';
import { isDamage, NO_DATABASE, openDatabase, type Database } from './database.ts';
import { QUEUE_ERRORS } from './queue-errors.ts';
import { migrate } from './schema.ts';

/** Where queue, history and statistics of downloads stand. */
export function stateFile(engine: Engine): string {
  return join(engine.context.paths.state, 'downloads.sqlite');
}

/**
 * The database of downloads, made when there is none. One that is damaged is moved aside, with a warning, and a new one
 * begun: what is on disk of each file, the `.resume` files say.
 * @throws LoopstickError DOWNLOAD_STATE_DAMAGED when a newer program has written it, DOWNLOAD_STATE_NO_SQLITE; the
 *   system's own errors
 */
export async function openState(engine: Engine): Promise<Database> {
  const file = stateFile(engine);
  await prepare(file);
  const found = await inode(file);
  try {
    return await openChecked(file);
  } catch (error) {
    if (!isDamage(error)) throw error;
    // Whoever was faster has put a good one there.
    if ((await inode(file)) === found) await moveAside(engine, file, error);
  }
  await prepare(file);
  return openChecked(file);
}

/** The same, but in memory, or nowhere without SQLite: for downloads that cannot be recorded. */
export async function openMemory(): Promise<Database> {
  let database: Database;
  try {
    database = await openDatabase(':memory:');
  } catch (error) {
    if (isLoopstickError(error, QUEUE_ERRORS.missing.code)) return NO_DATABASE;
    throw error;
  }
  migrate(database, 'memory');
  return database;
}

/** Why there is no record, as a warning; an error that is ours already is kept as it is. */
export function unrecorded(engine: Engine, error: unknown): ReturnType<typeof failure> {
  if (isLoopstickError(error)) return error;
  const values = { file: stateFile(engine), problem: reasonOf(error) };
  return failure(QUEUE_ERRORS.unrecorded, values, { cause: error });
}

/** SQLite does not say what is wrong with a folder, the system does. Addresses may hold passwords: nobody else reads. */
async function prepare(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await requireFile(file);
  await (await open(file, 'a', 0o600)).close();
}

async function openChecked(file: string): Promise<Database> {
  const database = await openDatabase(file);
  try {
    const [row] = database.all('PRAGMA quick_check(1)') as [Record<string, unknown>];
    const verdict = Object.values(row)[0];
    if (verdict !== 'ok') throw Object.assign(new Error(String(verdict)), { code: 'SQLITE_CORRUPT' });
    migrate(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

async function moveAside(engine: Engine, file: string, error: unknown): Promise<void> {
  const aside = `${file}.damaged-${Buffer.from(engine.context.random(4)).toString('hex')}`;
  for (const suffix of ['-wal', '-shm', '']) {
    await rename(`${file}${suffix}`, `${aside}${suffix}`).catch((thrown: unknown) => {
      if (systemCode(thrown) !== 'ENOENT') throw thrown;
    });
  }
  engine.events.emit(
    'warning',
    failure(
      QUEUE_ERRORS.damaged,
      { file: aside, problem: `${messageOf(error)}. A new one is begun.` },
      { cause: error },
    ),
  );
}

function inode(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ ino }) => ino,
    () => undefined,
  );
}
