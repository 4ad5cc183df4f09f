import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { afterEach } from 'vitest';

import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import { makeRoom, openLibrary, type Library, type LibraryFile } from '../../src/library/library.ts';

/** A library in a folder of its own, with an engine that has no plugins. */
export interface Store {
  readonly folder: string;
  readonly engine: Engine;
  readonly library: Library;
  /** Names of the files that were hashed or copied so far, a name for each reading. */
  read(): string[];
  heard(event: 'warning' | 'found'): unknown[];
  /** Puts a file into the library, as a finished download is. */
  stock(content: Buffer, options?: { readonly file?: string; readonly image?: string }): Promise<LibraryFile>;
  /** Writes a file of the user's; the path is relative to `folder`. */
  write(path: string, content: Buffer | string): Promise<string>;
  /** What stands in a folder, sorted; nothing when it is not there. */
  list(path: string): Promise<string[]>;
}

export interface StoreOptions {
  readonly settings?: unknown;
  readonly now?: () => Date;
  /** Its home, to have several processes' view of one library. */
  readonly home?: string;
}

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

export async function createStore(options: StoreOptions = {}): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-library-'));
  folders.push(folder);
  const engine = await createEngine({
    context: {
      env: { LOOPSTICK_HOME: options.home ?? join(folder, 'home'), HOME: folder },
      ...(options.now === undefined ? {} : { now: options.now }),
    },
    settings: parseSettings(options.settings ?? {}, 'settings.json'),
  });
  const library = openLibrary(engine);
  const events: { event: string; value: unknown }[] = [];
  for (const event of ['warning', 'found'] as const) {
    engine.events.on(event, (value: unknown) => events.push({ event, value }));
  }
  const reads: string[] = [];
  engine.events.on('progress', ({ label, done, total }) => {
    if (done === total) reads.push(label);
  });
  return {
    folder,
    engine,
    library,
    read: () => [...reads],
    heard: (event) => events.filter((each) => each.event === event).map(({ value }) => value),
    async stock(content, { file = 'test-1.iso', image } = {}) {
      const sha256 = sha256Of(content);
      const path = library.pathFor(sha256, file);
      await makeRoom(path);
      await writeFile(path, content);
      return library.adopt(sha256, basename(path), image);
    },
    async write(path, content) {
      const whole = join(folder, path);
      await mkdir(dirname(whole), { recursive: true });
      await writeFile(whole, content);
      return whole;
    },
    list: async (path) => (await readdir(join(folder, path)).catch(() => [])).sort(),
  };
}

export function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

export function someBytes(size: number = 100_000): Buffer {
  return randomBytes(size);
}

/** The same bytes but for one bit. */
export function spoilt(content: Buffer, at: number = content.length - 1): Buffer {
  const copy = Buffer.from(content);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** The code of what a promise rejects with; undefined when it does not. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => (error as { code?: unknown }).code,
  );
}
