import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  createEngine,
  downloadFile,
  type Context,
  type DownloadJob,
  type Engine,
  type Patience,
} from '@loopstick/core';
import { expect, test, type TestAPI } from 'vitest';

import { loopstick, type LoopstickOptions } from '../harness/loopstick.ts';
import { serveFolder, type Fault, type FileServer, type ServeOptions } from '../servers/index.ts';

const MiB = 1024 * 1024;

/** Long enough for several pieces, short enough for hundreds of downloads. */
const SIZE: number = 5 * MiB + 12_345;

/** So that failures do not take as long as in life. */
const SETTINGS = { downloads: { idleSeconds: 1, retry: { baseMs: 20, maxMs: 200 } } };
const PATIENCE: Partial<Patience> = { openMs: 1500, idleMs: 700, baseMs: 20, maxMs: 200 };

const PLUGINS: readonly string[] = ['transport-http', 'mirror-ordered'].map((name) =>
  fileURLToPath(new URL(`../../../plugins/${name}`, import.meta.url)),
);

/** How a download ended, whether it ran in this process or in one of its own. */
export interface Outcome {
  /** Zero, or what docs/exit-codes.md says. */
  readonly exitCode: number | undefined;
  readonly code: string | undefined;
  /** With the reasons that it names. */
  readonly message: string;
}

export interface StageServer extends FileServer {
  /** Its address of the file. */
  readonly file: string;
  readonly folder: string;
  /** Changes the file as a mirror does: by a new one that takes its name. */
  put(content: Buffer, name?: string): Promise<void>;
}

/** Servers with faults, a file that they all have, and a place to download it to. */
export interface Stage {
  readonly content: Buffer;
  /** As long, and nothing like it. */
  readonly other: Buffer;
  readonly sha256: string;
  readonly folder: string;
  readonly home: string;
  readonly target: string;
  readonly destination: string;
  /** A server with its own `image.iso` and, for files that are swapped, `other.iso`. */
  serve(
    fault?: Fault | readonly Fault[],
    options?: Partial<ServeOptions> & { readonly content?: Buffer },
  ): Promise<StageServer>;
  /** Runs `loopstick download --url`, with the right checksum unless another one, or none (null), is given. */
  command(urls: Urls, options?: CommandOptions): Promise<Outcome>;
  /** The same through the library, where no process is needed. */
  fetch(urls: Urls, options?: FetchOptions): Promise<Outcome>;
  /** What stands where the file is to be. */
  list(): Promise<string[]>;
  read(): Promise<Buffer>;
  /** Writes the file itself, as somebody else would. */
  put(content: Buffer): Promise<void>;
  /** Removes all that downloads have left. */
  clear(): Promise<void>;
  /** Does something to the bytes of a file. */
  damage(path: string, change: (bytes: Buffer) => Buffer): Promise<void>;
}

export type Urls = StageServer | string | readonly (StageServer | string)[];

export interface CommandOptions extends Partial<LoopstickOptions> {
  readonly sha256?: string | null;
  readonly args?: readonly string[];
}

export interface FetchOptions extends Partial<DownloadJob> {
  readonly sha256?: string | null;
  readonly patience?: Partial<Patience>;
  readonly context?: Partial<Context>;
  readonly signal?: AbortSignal;
  readonly onEngine?: (engine: Engine) => void;
}

/** Tests that are given a stage of their own; a suite may set the size of its file. */
export const it: TestAPI<{ stage: Stage; size: number }> = test.extend<{ stage: Stage; size: number }>({
  size: SIZE,
  stage: async ({ size, onTestFinished }, use) => {
    await use(await createStage(size, onTestFinished));
  },
});

async function createStage(size: number, onFinished: (clean: () => Promise<void>) => void): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-faults-'));
  const servers: FileServer[] = [];
  onFinished(async () => {
    for (const server of servers) await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const [content, other] = [randomBytes(size), randomBytes(size)];
  const sha256 = sha256Of(content);
  const [home, target] = [join(folder, 'home'), join(folder, 'target')];
  const destination = join(target, 'image.iso');
  await mkdir(target);
  await mkdir(join(home, 'config'), { recursive: true });
  await writeFile(join(home, 'config/settings.json'), JSON.stringify(SETTINGS));

  return {
    ...{ content, other, sha256, folder, home, target, destination },
    list: async () => (await readdir(target)).sort(),
    read: () => readFile(destination),
    put: (bytes) => writeFile(destination, bytes),
    clear: async () => {
      await rm(target, { recursive: true });
      await mkdir(target);
    },
    damage: async (path, change) => writeFile(path, change(await readFile(path))),
    async serve(fault = [], options = {}) {
      const served = await mkdtemp(join(folder, 'served-'));
      await writeFile(join(served, 'image.iso'), options.content ?? content);
      await writeFile(join(served, 'other.iso'), other);
      const server = await serveFolder({ folder: served, fault, ...options });
      servers.push(server);
      return {
        ...server,
        file: `${server.url}/image.iso`,
        folder: served,
        async put(bytes, name = 'image.iso') {
          await writeFile(join(served, '.new'), bytes);
          await rename(join(served, '.new'), join(served, name));
        },
      };
    },
    async command(urls, { sha256: digest = sha256, args = [], ...options } = {}) {
      const [url = '', ...mirrors] = addressesOf(urls);
      const words = ['--json', 'download', '--url', url, ...mirrors.flatMap((mirror) => ['--mirror', mirror])];
      if (digest !== null) words.push('--sha256', digest);
      const { exitCode, error, stderr } = await loopstick([...words, '-o', destination, ...args], {
        home,
        cwd: target,
        ...options,
      });
      return { exitCode, code: error?.code, message: error?.message ?? stderr };
    },
    async fetch(urls, { sha256: digest = sha256, patience, context, signal, onEngine, ...job } = {}) {
      const env = { ...process.env, LOOPSTICK_HOME: home };
      const engine = await createEngine({ context: { env, ...context }, plugins: PLUGINS });
      onEngine?.(engine);
      const digests = digest === null ? {} : { sha256: digest };
      const given = { label: 'image.iso', urls: addressesOf(urls), digests, destination, ...job };
      const options = { signal: signal ?? new AbortController().signal, patience: { ...PATIENCE, ...patience } };
      return await downloadFile(engine, given, options).then(
        () => ({ exitCode: 0, code: undefined, message: '' }),
        outcomeOf,
      );
    },
  };
}

function addressesOf(urls: Urls): string[] {
  return [urls].flat().map((url) => (typeof url === 'string' ? url : url.file));
}

// The table of docs/exit-codes.md, for what ran in this process. That the command keeps to it is tested in its package.
const EXIT_CODES: Readonly<Record<string, number>> = {
  verification: 5,
  network: 6,
  space: 7,
  'not-found': 3,
  'target-refused': 8,
};

function outcomeOf(error: unknown): Outcome {
  const { category = '', code, message } = error as { category?: string; code?: string; message: string };
  return { exitCode: EXIT_CODES[category] ?? (code === 'ENOSPC' ? 7 : 11), code, message };
}

export function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Downloads until the servers have sent so much, and is paused then, with what it has on the disk. */
export async function downloadPartly(
  stage: Stage,
  server: StageServer,
  bytes: number,
  options: FetchOptions = {},
): Promise<void> {
  const pause = new AbortController();
  const timer = setInterval(() => {
    if (sentBy(server) >= bytes) pause.abort(new Error('paused by the test'));
  }, 5);
  const outcome = await stage.fetch(server, { ...options, signal: pause.signal });
  clearInterval(timer);
  expect(outcome.message).toBe('paused by the test');
  expect(await stage.list()).toEqual(['image.iso.part', 'image.iso.part.resume']);
}

/** Body bytes that servers sent in all. */
export function sentBy(...servers: readonly FileServer[]): number {
  return servers.flatMap(({ requests }) => requests).reduce((sum, { sent }) => sum + sent, 0);
}
