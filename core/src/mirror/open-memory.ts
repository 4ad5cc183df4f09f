import { stat } from 'node:fs/promises';

import { NO_DATABASE, type Database } from '../download/queue/database.ts';
import { openState, stateFile } from '../download/queue/open-store.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, reasonOf, systemCode } from '../engine/errors.ts';
import { MIRROR_ERRORS } from './mirror-errors.ts';
import { MirrorTable } from './mirror-table.ts';
import type { MirrorMemory } from './memory.ts';

export interface OpenMirrorMemory extends MirrorMemory {
  close(): void;
}

export interface OpenMemoryOptions {
  /** Make the file when there is none: for those who have something to remember. */
  readonly create?: boolean | undefined;
  /** Fail when it cannot be used, instead of a warning: for those who want nothing else. */
  readonly needed?: boolean | undefined;
}

/**
 * What this machine remembers of mirrors. Where nothing can be remembered, nothing is known, and that is a warning
 * (MIRROR_MEMORY_UNUSABLE, DOWNLOAD_STATE_DAMAGED, DOWNLOAD_STATE_NO_SQLITE).
 * @throws LoopstickError DOWNLOAD_STATE_DAMAGED, DOWNLOAD_STATE_NO_SQLITE; the system's own errors; all only with
 *   `needed`
 */
export async function openMirrorMemory(engine: Engine, options: OpenMemoryOptions = {}): Promise<OpenMirrorMemory> {
  return new OpenTable(await openDatabase(engine, options), engine.context.now);
}

async function openDatabase(engine: Engine, { create, needed }: OpenMemoryOptions): Promise<Database> {
  const file = stateFile(engine);
  try {
    if (create !== true && !(await isThere(file))) return NO_DATABASE;
    return await openState(engine);
  } catch (error) {
    if (needed === true) throw error;
    const values = { file, problem: reasonOf(error) };
    const warning = isLoopstickError(error) ? error : failure(MIRROR_ERRORS.memoryUnusable, values, { cause: error });
    engine.events.emit('warning', warning);
    return NO_DATABASE;
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

class OpenTable extends MirrorTable implements OpenMirrorMemory {
  readonly #open: Database;

  constructor(database: Database, now: () => Date) {
    super(database, now);
    this.#open = database;
  }

  /** Also what the downloads keep of its connections, as far as they are not at work: hosts of the same names. */
  override forget(mirror?: string): number {
    this.#open.write((run) =>
      mirror === undefined ? run('DELETE FROM hosts') : run('DELETE FROM hosts WHERE name = ?', mirror),
    );
    return super.forget(mirror);
  }

  close(): void {
    this.#open.close();
  }
}
