import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Of one entry, and of all of them. */
export interface CacheSizes {
  readonly entry: number;
  readonly all: number;
}

// An entry is the document in base64, with the head of its answer.
const SIZES: CacheSizes = { entry: 16 * 1024 * 1024, all: 128 * 1024 * 1024 };

/**
 * Got's HTTP cache in files, one an answer: its name is the hash of the key, its first line the hash of the rest. It is
 * a cache: what cannot be read, was damaged or cannot be written is as if it had never been there.
 */
export class FileCache {
  readonly #folder: string;
  readonly #random: (length: number) => Uint8Array;
  readonly #sizes: CacheSizes;
  readonly #writes = new Set<Promise<void>>();

  constructor(folder: string, random: (length: number) => Uint8Array, sizes: CacheSizes = SIZES) {
    this.#folder = folder;
    this.#random = random;
    this.#sizes = sizes;
  }

  async get(key: string): Promise<string | undefined> {
    const path = this.#path(key);
    const content = await readFile(path, 'utf8').catch(() => '');
    const end = content.indexOf('\n');
    const value = content.slice(end + 1);
    if (end < 0 || content.slice(0, end) !== seal(key, value)) return undefined;
    const now = new Date();
    // By this the oldest are found.
    await utimes(path, now, now).catch(() => undefined);
    return value;
  }

  /** Resolves at once: nobody waits for a cache. */
  async set(key: string, value: string): Promise<void> {
    const write = this.#write(key, value).catch(() => undefined);
    this.#writes.add(write);
    void write.finally(() => this.#writes.delete(write));
    return Promise.resolve();
  }

  async delete(key: string): Promise<boolean> {
    await rm(this.#path(key), { force: true }).catch(() => undefined);
    return true;
  }

  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
  }

  /** Resolves when all is written; a process that ends earlier loses it. */
  async settled(): Promise<void> {
    // Got hands an answer to the cache just after it has given it to us.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#writes.size === 0) return;
    await Promise.all(this.#writes);
    await this.#prune().catch(() => undefined);
  }

  async #write(key: string, value: string): Promise<void> {
    const path = this.#path(key);
    if (value.length > this.#sizes.entry) {
      await this.delete(key);
      return;
    }
    await mkdir(this.#folder, { recursive: true });
    const temporary = `${path}.${Buffer.from(this.#random(6)).toString('hex')}.tmp`;
    try {
      await writeFile(temporary, `${seal(key, value)}\n${value}`, { flag: 'wx' });
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Removes what was not used for longest, until the rest is small enough. */
  async #prune(): Promise<void> {
    const names = await readdir(this.#folder);
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name);
        const { size, mtimeMs } = await stat(path);
        return { path, size, mtimeMs };
      }),
    );
    let excess = files.reduce((sum, { size }) => sum + size, 0) - this.#sizes.all;
    for (const { path, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (excess <= 0) return;
      await rm(path, { force: true });
      excess -= size;
    }
  }

  #path(key: string): string {
    return join(this.#folder, createHash('sha256').update(key).digest('hex'));
  }
}

function seal(key: string, value: string): string {
  return createHash('sha256').update(key).update('\n').update(value).digest('hex');
}
