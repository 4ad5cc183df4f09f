import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';

import { failure } from '../engine/errors.ts';
import { hashBytes, type HashOptions } from '../verify/hash.ts';
import { DOWNLOAD_ERRORS } from './download-errors.ts';
import { renameDurably, writeFully } from '../engine/durable.ts';
import type { Origin } from './job.ts';

// A killed process loses what is in memory: at most two blocks.
const BLOCK = 1024 * 1024;

/** A state of the part to go back to. */
export interface PartMark {
  readonly size: number;
  readonly hash: Hash;
  readonly origins: readonly Origin[];
}

/**
 * The file that grows while a download runs: always a gapless prefix of the whole, with its SHA-256 and the origin of
 * each range. Bytes are copied into a block, and hashed and written from there, so that the digest is of what lands on
 * the disk whatever a transport does with its buffers. Errors are the system's own.
 */
export class PartFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #hash: Hash;
  #origins: Origin[] = [];
  /** Bytes handed to the system; the block comes after them. */
  #written = 0;
  #block: Buffer = Buffer.allocUnsafe(BLOCK);
  #spare: Buffer = Buffer.allocUnsafe(BLOCK);
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();

  /** For `open` only. */
  constructor(path: string, handle: FileHandle, hash: Hash, size: number) {
    this.path = path;
    this.#handle = handle;
    this.#hash = hash;
    this.#written = size;
    if (size > 0) this.#origins.push({ mirror: undefined, start: 0, end: size });
  }

  /** Opens the part and hashes what an earlier run left in it. @throws LoopstickError DOWNLOAD_NOT_A_FILE */
  static async open(path: string, options: HashOptions): Promise<PartFile> {
    const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
    const handle = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
    try {
      if (!(await handle.stat()).isFile()) throw failure(DOWNLOAD_ERRORS.notAFile, { file: path });
      const hash = createHash('sha256');
      return new PartFile(path, handle, hash, await hashBytes(handle, hash, Infinity, options));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get size(): number {
    return this.#written + this.#filled;
  }

  get origins(): readonly Origin[] {
    return this.#origins;
  }

  async append(bytes: Uint8Array, mirror: string): Promise<void> {
    this.#remember(mirror, bytes.length);
    for (let taken = 0; taken < bytes.length;) {
      const piece = bytes.subarray(taken, taken + BLOCK - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
      taken += piece.length;
      if (this.#filled === BLOCK) await this.#turn();
    }
  }

  /** SHA-256 of everything up to now, in hex. */
  async digest(): Promise<string> {
    await this.flush();
    return this.#hash.copy().digest('hex');
  }

  async mark(): Promise<PartMark> {
    await this.flush();
    return { size: this.size, hash: this.#hash.copy(), origins: [...this.#origins] };
  }

  /** Forgets everything that came after the mark. */
  async rollback(mark: PartMark): Promise<void> {
    this.#filled = 0;
    await this.#writing;
    await this.#handle.truncate(mark.size);
    this.#written = mark.size;
    this.#hash = mark.hash.copy();
    this.#origins = [...mark.origins];
  }

  /** Forgets everything. */
  async discard(): Promise<void> {
    await this.rollback({ size: 0, hash: createHash('sha256'), origins: [] });
  }

  /** Hands everything to the system, where it survives the death of this process. */
  async flush(): Promise<void> {
    if (this.#filled > 0) await this.#turn();
    await this.#writing;
  }

  /** Gives the finished file its name, on the disk before it is seen. */
  async publish(destination: string): Promise<void> {
    await this.flush();
    await this.#handle.sync();
    await renameDurably(this.path, destination);
  }

  /** Keeps what is there for the next run; an empty part is removed. */
  async close(): Promise<void> {
    // After a failed write this fails again, and the first failure has been reported.
    await this.flush().catch(() => undefined);
    await this.#handle.close();
    if (this.size === 0) await rm(this.path, { force: true });
  }

  /** Writes the full block while the other one is filled. */
  async #turn(): Promise<void> {
    const bytes = this.#block.subarray(0, this.#filled);
    await this.#writing;
    this.#hash.update(bytes);
    this.#writing = writeFully(this.#handle, bytes, this.#written);
    // Reported by the next call that waits for it.
    this.#writing.catch(() => undefined);
    this.#written += this.#filled;
    this.#filled = 0;
    [this.#block, this.#spare] = [this.#spare, this.#block];
  }

  #remember(mirror: string, length: number): void {
    const last = this.#origins.at(-1);
    const end = this.size + length;
    if (last?.mirror === mirror) this.#origins[this.#origins.length - 1] = { ...last, end };
    else this.#origins.push({ mirror, start: this.size, end });
  }
}
