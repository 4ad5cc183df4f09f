import { stat } from 'node:fs/promises';

import { isBusy, NO_DATABASE, type Database } from '../download/queue/database.ts';
import { openState, stateFile } from '../download/queue/open-store.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, messageOf, reasonOf, systemCode, type LoopstickError } from '../engine/errors.ts';
import { MIRROR_ERRORS } from './mirror-errors.ts';
import { MirrorTable } from './mirror-table.ts';
import type { MirrorHistory } from '../engine/hooks.ts';
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
 * @throws LoopstickError MIRROR_MEMORY_BUSY, MIRROR_MEMORY_UNREADABLE, DOWNLOAD_STATE_DAMAGED,
 *   DOWNLOAD_STATE_NO_SQLITE; the system's own errors; all only with `needed`
 */
export async function openMirrorMemory(engine: Engine, options: OpenMemoryOptions = {}): Promise<OpenMirrorMemory> {
  return new OpenTable(await openDatabase(engine, options), engine.context.now, stateFile(engine));
}

async function openDatabase(engine: Engine, { create, needed }: OpenMemoryOptions): Promise<Database> {
  const file = stateFile(engine);
  try {
    if (create !== true && !(await isThere(file))) return NO_DATABASE;
    return await openState(engine);
  } catch (error) {
    if (needed === true) throw inWords(error, file);
    const values = { file, problem: reasonOf(error) };
    engine.events.emit(
      'warning',
      isOfState(error) ? error : failure(MIRROR_ERRORS.memoryUnusable, values, { cause: error }),
    );
    return NO_DATABASE;
  }
}

/** It speaks of the database already, and not of any file that is written. */
function isOfState(error: unknown): error is LoopstickError {
  return isLoopstickError(error) && error.code.startsWith('DOWNLOAD_STATE_');
}

/** What went wrong, for those who want nothing but this memory. */
function inWords(error: unknown, file: string): unknown {
  if (isOfState(error) || systemCode(error) !== undefined) return error;
  if (isBusy(error)) return failure(MIRROR_ERRORS.memoryBusy, { file }, { cause: error });
  return failure(MIRROR_ERRORS.memoryUnreadable, { file, problem: withoutStop(messageOf(error)) }, { cause: error });
}

/** The end of another sentence. */
function withoutStop(text: string): string {
  return text.replace(/\.$/, '');
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
  readonly #file: string;

  constructor(database: Database, now: () => Date, file: string) {
    super(database, now);
    this.#open = database;
    this.#file = file;
  }

  /** @throws LoopstickError MIRROR_MEMORY_BUSY, MIRROR_MEMORY_UNREADABLE; the system's own errors */
  override list(): readonly (readonly [string, MirrorHistory])[] {
    return this.#told(() => super.list());
  }

  /**
   * Also what the downloads keep of its connections, as far as they are not at work: hosts of the same names.
   * @throws LoopstickError MIRROR_MEMORY_BUSY, MIRROR_MEMORY_UNREADABLE; the system's own errors
   */
  override forget(mirror?: string): number {
    return this.#told(() => {
      this.#open.write((run) =>
        mirror === undefined ? run('DELETE FROM hosts') : run('DELETE FROM hosts WHERE name = ?', mirror),
      );
      return super.forget(mirror);
    });
  }

  close(): void {
    this.#open.close();
  }

  #told<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw inWords(error, this.#file);
    }
  }
}
