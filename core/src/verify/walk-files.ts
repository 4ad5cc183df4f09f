import type { BigIntStats } from 'node:fs';
import { opendir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

import { systemCode } from '../engine/errors.ts';

export interface WalkedFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** The same for all names of one file. */
  readonly identity: string;
}

export interface WalkOptions {
  readonly signal: AbortSignal;
  /** Which files are yielded; asked of every file. */
  readonly isWanted: (file: WalkedFile) => boolean;
  /** Folders below each other, counted from the ones that are named. */
  readonly maxDepth: number;
  /** Told of what cannot be looked at; the walk goes on. */
  readonly onProblem: (path: string, error: unknown) => void;
}

/**
 * All regular files below some folders, or the files that are named themselves. Each folder is entered once, also when
 * it is reached twice; links to files are followed and those to folders are not. What disappears meanwhile is left out.
 * File systems of the kernel's own, such as /proc, are not entered: their files have no end or no size.
 */
export async function* walkFiles(
  places: readonly string[],
  options: WalkOptions,
): AsyncGenerator<WalkedFile, void, undefined> {
  const walk = new Walk(options);
  for (const place of places) {
    const info = await look(place, (error) => {
      options.onProblem(place, error);
    });
    if (info?.isFile() === true) yield* [walkedFile(place, info)].filter(options.isWanted);
    else if (info?.isDirectory() === true) yield* walk.below(place, info);
    else if (info !== undefined) options.onProblem(place, new Error('it is neither a file nor a folder'));
  }
}

const BATCH = 64;

interface Entry {
  readonly name: string;
  readonly isLink: boolean;
}

interface Child {
  readonly path: string;
  readonly info: BigIntStats;
  readonly isLink: boolean;
}

interface Folder {
  readonly path: string;
  readonly info: BigIntStats;
  readonly depth: number;
}

class Walk {
  readonly #options: WalkOptions;
  readonly #entered = new Set<string>();
  readonly #devices = new Map<bigint, boolean>();

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async *below(root: string, rootInfo: BigIntStats): AsyncGenerator<WalkedFile, void, undefined> {
    const { signal, isWanted, maxDepth, onProblem } = this.#options;
    const folders: Folder[] = [{ path: root, info: rootInfo, depth: 0 }];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const { path, info, depth } = folder;
      signal.throwIfAborted();
      if (!(await this.#isNew(path, info))) continue;
      for await (const batch of this.#list(path)) {
        signal.throwIfAborted();
        for (const child of await Promise.all(batch.map((entry) => this.#lookAt(path, entry)))) {
          if (child?.info.isFile() === true) {
            const file = walkedFile(child.path, child.info);
            if (isWanted(file)) yield file;
          } else if (child?.info.isDirectory() === true && !child.isLink) {
            if (depth < maxDepth) folders.push({ path: child.path, info: child.info, depth: depth + 1 });
            else onProblem(child.path, new Error(`it is more than ${maxDepth} folders deep`));
          }
        }
      }
    }
  }

  async #lookAt(folder: string, { name, isLink }: Entry): Promise<Child | undefined> {
    const path = join(folder, name);
    const info = await look(path, (error) => {
      if (!isLink && !isGone(error, name)) this.#options.onProblem(path, error);
    });
    return info === undefined ? undefined : { path, info, isLink };
  }

  async #isNew(path: string, info: BigIntStats): Promise<boolean> {
    const identity = identityOf(info);
    if (this.#entered.has(identity)) return false;
    this.#entered.add(identity);
    const known = this.#devices.get(info.dev);
    if (known !== undefined) return known;
    const holdsFiles = await statfs(path).then(
      ({ type }) => !KERNELS_OWN.has(type),
      () => true,
    );
    this.#devices.set(info.dev, holdsFiles);
    return holdsFiles;
  }

  /** Not a name at a time: to look at several at once takes half the time, and far less on a disk that has to seek. */
  async *#list(path: string): AsyncGenerator<readonly Entry[], void, undefined> {
    try {
      let batch: Entry[] = [];
      for await (const entry of await opendir(path, { bufferSize: BATCH })) {
        // FIFOs, sockets and devices are never files of somebody's.
        const isLink = entry.isSymbolicLink();
        if (isLink || entry.isFile() || entry.isDirectory()) batch.push({ name: entry.name, isLink });
        if (batch.length < BATCH) continue;
        yield batch;
        batch = [];
      }
      yield batch;
    } catch (error) {
      if (!isGone(error, path)) this.#options.onProblem(path, error);
    }
  }
}

// proc, sysfs, cgroup2, cgroup, debugfs, tracefs, securityfs, bpf, devpts: statfs(2) and linux/magic.h.
const KERNELS_OWN: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x63677270, 0x27e0eb, 0x64626720, 0x74726163, 0x73636673, 0xcafe4a11, 0x1cd1,
]);

async function look(path: string, onProblem: (error: unknown) => void): Promise<BigIntStats | undefined> {
  try {
    // Numbers of inodes do not fit into others on some file systems.
    return await stat(path, { bigint: true });
  } catch (error) {
    onProblem(error);
    return undefined;
  }
}

/** True when something was there a moment ago. A name that is not UTF-8 is there and cannot be reached by it. */
function isGone(error: unknown, name: string): boolean {
  return systemCode(error) === 'ENOENT' && !name.includes('\ufffd');
}

function walkedFile(path: string, info: BigIntStats): WalkedFile {
  return { path, size: Number(info.size), identity: identityOf(info) };
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}
