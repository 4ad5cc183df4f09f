import { constants } from 'node:fs';
import { lstat, open, rm, type FileHandle } from 'node:fs/promises';

import { renameDurably, writeFully } from '../../engine/durable.ts';
import { failure, systemCode } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { decodeSlot, encodeSlot, LARGEST_SLOT, pieceCountOf, slotSizeFor, type ResumeState } from './resume-codec.ts';

/** A slot as it was found: which of the two, and what it says. */
interface Found {
  readonly index: 0 | 1;
  readonly generation: number;
  readonly state: ResumeState;
}

/**
 * `<destination>.part.resume`: says which bytes of the part are there, and where they came from. Nothing else is
 * believed about a part.
 *
 * Two slots of the same size follow each other (resume-codec.ts has their format) and nothing else. They are written in
 * turn, so a write that is torn, by a crash or a full disk, leaves the other slot as it was. The file has its full size
 * on the disk before the part gets its first byte, so running out of space later cannot cut it short.
 *
 * One process has it open for writing: the one that holds the part's lock. Addresses may carry secrets, so only the
 * user may read it. Errors are the system's own.
 */
export class ResumeFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #slotSize: number;
  #generation: number;
  /** The slot with the newest valid state: never the one to write to. */
  #current: 0 | 1;
  #last: Promise<void> = Promise.resolve();

  /** For `create` and `open` only. */
  constructor(path: string, handle: FileHandle, slotSize: number, generation: number, current: 0 | 1) {
    this.path = path;
    this.#handle = handle;
    this.#slotSize = slotSize;
    this.#generation = generation;
    this.#current = current;
  }

  /**
   * Makes a new one for a file of this size, in the place of what was there; until it is complete, that stays.
   * @throws LoopstickError DOWNLOAD_NOT_A_FILE
   */
  static async create(path: string, initial: ResumeState): Promise<ResumeFile> {
    await refuseOthers(path);
    const temporary = `${path}.new`;
    // Left by a run that was killed here: whoever holds the part's lock owns this name too.
    await rm(temporary, { force: true });
    const handle = await open(temporary, 'wx+', 0o600);
    try {
      const slots = Buffer.concat([encodeSlot(initial, 1), encodeSlot(initial, 0)]);
      await writeFully(handle, slots, 0);
      await handle.sync();
      await renameDurably(temporary, path);
      return new ResumeFile(path, handle, slots.length / 2, 1, 0);
    } catch (error) {
      await handle.close();
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /**
   * The newest valid state; from now on it does not count as clean any more. Undefined when there is none that can be trusted: missing, torn in both slots, foreign, or
   * of a newer format.
   * @throws LoopstickError DOWNLOAD_NOT_A_FILE
   */
  static async open(path: string): Promise<{ file: ResumeFile; state: ResumeState } | undefined> {
    const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants;
    const handle = await open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK).catch(async (error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      await refuseOthers(path);
      throw error;
    });
    if (handle === undefined) return undefined;
    let opened: { file: ResumeFile; state: ResumeState } | undefined;
    try {
      const status = await handle.stat();
      if (!status.isFile()) throw failure(DOWNLOAD_ERRORS.notAFile, { file: path });
      const newest = await readNewest(handle, status.size);
      if (newest !== undefined) {
        const file = new ResumeFile(path, handle, status.size / 2, newest.generation, newest.index);
        await file.#begin(newest.state);
        opened = { file, state: newest.state };
      }
      return opened;
    } finally {
      if (opened === undefined) await handle.close();
    }
  }

  /** The newest valid state as it is, also of a part that somebody works on. @throws as open */
  static async peek(path: string): Promise<ResumeState | undefined> {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(async (error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      await refuseOthers(path);
      throw error;
    });
    try {
      return handle === undefined ? undefined : (await readNewest(handle, (await handle.stat()).size))?.state;
    } finally {
      await handle?.close();
    }
  }

  /**
   * Writes the other slot and syncs it. The caller has synced the data before. Calls are carried out one after the
   * other, each with the state as it was at the call; one that fails leaves the state before it.
   */
  async write(state: ResumeState): Promise<void> {
    if (slotSizeFor(pieceCountOf(state)) !== this.#slotSize) throw new RangeError('a state of another file');
    this.#generation = (this.#generation + 1) >>> 0;
    const slot = encodeSlot(state, this.#generation);
    const written = this.#last.then(() => this.#put(slot));
    this.#last = written.catch(() => undefined);
    await written;
  }

  /**
   * Writes the other slot without syncing it, so that it survives the death of this process and perhaps not that of the
   * machine; the state that was synced last stays as it is. What describes the data may be on the disk before the data
   * then, so it says `clean: false`, and whoever opens it compares all pieces with their checksums.
   */
  async jot(state: ResumeState): Promise<void> {
    if (state.clean) throw new RangeError('a note is never clean');
    this.#generation = (this.#generation + 1) >>> 0;
    const slot = encodeSlot(state, this.#generation);
    const written = this.#last.then(() => this.#write(slot, this.#other));
    this.#last = written.catch(() => undefined);
    await written;
  }

  /** Waits for the writes that were begun. */
  async close(): Promise<void> {
    await this.#last;
    await this.#handle.close();
  }

  /** Closes it and takes it away. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
  }

  get #other(): 0 | 1 {
    return this.#current === 0 ? 1 : 0;
  }

  /** Makes the state that was found safe from what is going to be written. */
  async #begin(state: ResumeState): Promise<void> {
    // The first bytes that are written to the part may take the place of others, before anything says so here.
    if (state.clean) await this.write({ ...state, clean: false });
    // It may be a note that is in memory only, while the slot that is on the disk is the next to be written.
    else await this.#handle.datasync();
  }

  async #put(slot: Buffer): Promise<void> {
    const next = this.#other;
    await this.#write(slot, next);
    await this.#handle.datasync();
    this.#current = next;
  }

  async #write(slot: Buffer, index: 0 | 1): Promise<void> {
    await writeFully(this.#handle, slot, index * this.#slotSize);
  }
}

async function readNewest(handle: FileHandle, size: number): Promise<Found | undefined> {
  const slotSize = size / 2;
  if (!Number.isInteger(slotSize) || slotSize > LARGEST_SLOT) return undefined;
  let newest: Found | undefined;
  for (const index of [0, 1] as const) {
    const slot = Buffer.alloc(slotSize);
    const { bytesRead } = await handle.read(slot, 0, slotSize, index * slotSize);
    const found = bytesRead === slotSize ? decodeSlot(slot) : undefined;
    if (found !== undefined && (newest === undefined || isAhead(found.generation, newest.generation))) {
      newest = { index, ...found };
    }
  }
  return newest;
}

/** Generations wrap around, and two that are alive are never far apart. */
function isAhead(generation: number, other: number): boolean {
  return ((generation - other) | 0) > 0;
}

/** What is no regular file was not made here, so it is not replaced either. */
async function refuseOthers(path: string): Promise<void> {
  const status = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (status !== undefined && !status.isFile()) throw failure(DOWNLOAD_ERRORS.notAFile, { file: path });
}
