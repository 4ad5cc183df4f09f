/** What the parts of a transfer share, without a transfer: a part, a map, and origins whose answers a test writes. */
import { crc32 } from 'node:zlib';

import { afterEach } from 'vitest';

import { PartFile } from '../../../src/download/part/part-file.ts';
import { PieceMap } from '../../../src/download/part/piece-map.ts';
import { patienceFrom } from '../../../src/download/patience.ts';
import { Hosts } from '../../../src/download/transfer/hosts.ts';
import { Leases } from '../../../src/download/transfer/lease.ts';
import { Origin } from '../../../src/download/transfer/origin.ts';
import { RateLimiter } from '../../../src/download/transfer/rate-limit.ts';
import type { TransferState } from '../../../src/download/transfer/state.ts';
import { createRoom, IMPATIENT, type Room } from '../support.ts';
import { scripted, type Asked, type Said } from './scripted.ts';

/** As in a large file. */
const PIECE = 1024 * 1024;

export interface Scene {
  readonly room: Room;
  readonly state: TransferState;
  readonly origins: readonly Origin[];
  /** What each origin was asked. */
  readonly asked: readonly (readonly Asked[])[];
  /** Fills a piece with the first `length` bytes that somebody would have sent. */
  put(piece: number, sender: number, bytes?: Buffer, length?: number): Promise<void>;
}

const open: PartFile[] = [];

afterEach(async () => {
  for (const part of open.splice(0)) await part.close();
});

/** @param answers how each origin answers; schemes and hosts are `origin-<number>` */
export async function createScene(
  size: number,
  answers: readonly ((asked: Asked, index: number) => Said)[],
  { perHost = 4 }: { readonly perHost?: number } = {},
): Promise<Scene> {
  const room = await createRoom(size);
  const { engine, content, sha256, destination } = room;
  const { clock, now } = engine.context;
  const mirrors = answers.map((answer, index) => scripted(room, `origin-${index}`, answer));
  const urls = mirrors.map(({ url }) => `${url}/image.iso`);
  const hosts = new Hosts({ clock, now, perHost, random: () => 0.5 });
  const origins = urls.map((url, index) => new Origin(url, index, hosts.at(url), clock));
  const map = new PieceMap(size, PIECE);
  const part = await PartFile.open(`${destination}.part`);
  open.push(part);
  const job = { label: 'test/1/live/amd64', urls, size, digests: { sha256 }, destination };
  const { signal } = new AbortController();
  const patience = patienceFrom(engine.settings, IMPATIENT);
  const state: TransferState = {
    ...{ engine, job, patience, clock, part, map, origins, signal, level: 'digest' },
    limiter: new RateLimiter({ clock }),
    leases: new Leases(map),
    bufferSize: () => 64 * 1024,
    onWritten: () => undefined,
  };
  return {
    ...{ room, state, origins },
    asked: mirrors.map(({ asked }) => asked),
    put: async (piece, sender, bytes = content, length = map.lengthOf(piece)) => {
      const start = map.startOf(piece) + map.fillOf(piece);
      const end = map.startOf(piece) + length;
      map.accept(piece, end - start, sender, crc32(bytes.subarray(map.startOf(piece), end)));
      await part.write([bytes.subarray(start, end)], start);
      map.wrote(start, end);
    },
  };
}
