import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';

import { afterEach, expect } from 'vitest';

import { serveFolder, type FileServer, type ServeOptions } from '../../../test/src/servers/index.ts';
import { downloadFile } from '../../src/download/download.ts';
import type { DownloadJob, DownloadOptions, DownloadResult, Patience } from '../../src/download/job.ts';
import { partPaths } from '../../src/download/part/part-paths.ts';
import { PieceMap } from '../../src/download/part/piece-map.ts';
import { ResumeFile } from '../../src/download/part/resume-file.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { EngineEvents } from '../../src/engine/events.ts';
import { parseSettings } from '../../src/engine/settings.ts';

export const PLUGINS: readonly string[] = ['transport-http', 'mirror-ordered'].map((name) =>
  fileURLToPath(new URL(`../../../plugins/${name}`, import.meta.url)),
);

/** What child processes import: it has to be built. */
export const ENTRY: string = new URL('../../dist/index.js', import.meta.url).href;

/** So that tests of failures do not take as long as real ones. */
export const IMPATIENT: Partial<Patience> = { openMs: 2_000, idleMs: 400, baseMs: 5 };

export interface Room {
  readonly folder: string;
  readonly engine: Engine;
  /** A file of random bytes and what is known of it. */
  readonly content: Buffer;
  readonly sha256: string;
  /** What was emitted under this name. */
  heard<Name extends keyof EngineEvents>(event: Name): EngineEvents[Name][0][];
  /** A server with its own copy of the file, as `image.iso`. */
  serve(options?: Omit<ServeOptions, 'folder'> & { readonly content?: Buffer }): Promise<FileServer>;
  /** A path in an empty folder. */
  readonly destination: string;
  /** For tests that need many rooms; others are cleaned up at the end of the test. */
  close(): Promise<void>;
  /** What stands in the destination's folder. */
  list(): Promise<string[]>;
}

const rooms: Room[] = [];

afterEach(async () => {
  for (const room of rooms.splice(0)) await room.close();
});

/** A folder, an engine with the real plugins, and a file to download. */
export async function createRoom(size: number = 3_000_000): Promise<Room> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-download-'));
  const servers: FileServer[] = [];
  const content = randomBytes(size);
  const target = await mkdtemp(join(folder, 'target-'));
  const engine = await createEngine({
    context: { env: { LOOPSTICK_HOME: join(folder, 'home') } },
    plugins: PLUGINS,
    // The tests say which mirror is asked first.
    settings: parseSettings({ mirrors: { strategy: 'ordered' } }, 'test'),
  });
  const seen: { event: string; value: unknown }[] = [];
  for (const event of ['warning', 'progress', 'failover', 'resume', 'waiting', 'transfer'] as const) {
    engine.events.on(event, (value: unknown) => seen.push({ event, value }));
  }
  const room: Room = {
    folder,
    engine,
    content,
    sha256: sha256Of(content),
    heard: (event) => seen.filter((each) => each.event === event).map(({ value }) => value as never),
    destination: join(target, 'image.iso'),
    list: async () => (await readdir(target)).sort(),
    serve: async (options = {}) => {
      const served = await mkdtemp(join(folder, 'served-'));
      await writeFile(join(served, 'image.iso'), options.content ?? content);
      const server = await serveFolder({ ...options, folder: served });
      servers.push(server);
      return server;
    },
    close: async () => {
      for (const server of servers.splice(0)) await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  rooms.push(room);
  return room;
}

/** Downloads the room's file from these servers. */
export function download(
  room: Room,
  mirrors: readonly Pick<FileServer, 'url'>[],
  job: Partial<DownloadJob> = {},
  options: Partial<DownloadOptions> = {},
): Promise<DownloadResult> {
  const { engine, content, sha256, destination } = room;
  const urls = mirrors.map(({ url }) => `${url}/image.iso`);
  return downloadFile(
    engine,
    { label: 'test/1/live/amd64', urls, size: content.length, digests: { sha256 }, destination, ...job },
    { signal: new AbortController().signal, patience: IMPATIENT, ...options },
  );
}

/** What an earlier run leaves behind that has these ranges `[start, end)` and was then paused. */
export async function leavePart(
  room: Room,
  ranges: readonly (readonly [start: number, end: number])[],
  {
    bytes = room.content,
    url = 'http://127.0.0.1:9/image.iso',
    clean = true,
    ...left
  }: {
    /** What stands in the part. */
    readonly bytes?: Buffer;
    /** Where they came from. */
    readonly url?: string;
    readonly clean?: boolean;
    readonly etag?: string;
    readonly lastModified?: string;
    readonly digests?: DownloadJob['digests'];
  } = {},
): Promise<void> {
  const { part, resume } = partPaths(room.destination);
  const map = new PieceMap(bytes.length);
  const held = Buffer.alloc(Math.max(0, ...ranges.map(([, end]) => end)));
  for (const [start, end] of ranges) {
    bytes.copy(held, start, start, end);
    for (let at = start; at < end;) {
      const piece = map.pieceAt(at);
      const next = Math.min(end, map.endOf(piece));
      if (at !== map.startOf(piece)) throw new RangeError('pieces are filled from their start');
      map.accept(piece, next - at, 0, crc32(bytes.subarray(at, next)));
      map.wrote(at, next);
      at = next;
    }
  }
  await writeFile(part, held);
  const { etag, lastModified, digests = { sha256: room.sha256 } } = left;
  const origins = [{ url, etag, lastModified }];
  const pieces = map.table();
  const { size, pieceSize } = map;
  const file = await ResumeFile.create(resume, { size, pieceSize, digests, urls: [url], clean, origins, pieces });
  await file.close();
}

/** Body bytes that servers sent in all. */
export function sentBy(...servers: readonly Pick<FileServer, 'requests'>[]): number {
  return servers.flatMap(({ requests }) => requests).reduce((sum, { sent }) => sum + sent, 0);
}

/** The ranges `[start, end)` that were asked for. */
export function rangesOf({ requests }: Pick<FileServer, 'requests'>): (readonly [start: number, end: number])[] {
  return requests.flatMap(({ range }) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    return first === undefined ? [] : [[Number(first), Number(last) + 1] as const];
  });
}

export async function expectDone(room: Room, content: Buffer = room.content): Promise<void> {
  expect((await readFile(room.destination)).equals(content)).toBe(true);
  expect(await room.list()).toEqual(['image.iso']);
}

export function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The code of what a promise rejects with; undefined when it does not. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}
