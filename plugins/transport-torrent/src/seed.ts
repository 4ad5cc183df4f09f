import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';

import { failure, RateLimiter, type Offer, type OfferRequest } from '@loopstick/core';

import { reachOfAddress } from './find/reach.ts';
import { formatPeer, parseAddress } from './format/address.ts';
import {
  encodeInfo,
  encodeTorrent,
  fileOf,
  isPieceRight,
  lengthOfPiece,
  parseInfo,
  pieceCount,
  type MetaInfo,
  type TorrentFile,
} from './format/meta-info.ts';
import { createSwarm, introductionOf } from './membership.ts';
import type { TorrentOptions } from './options.ts';
import { addPiece, type Store } from './swarm/store.ts';
import { TORRENT_ERRORS } from './torrent-errors.ts';
import { fetchTorrent } from './torrents.ts';
import type { World } from './world.ts';

/** A torrent that we make has about so many pieces, of at least 256 KiB: the same file gives the same torrent anywhere. */
const PIECES_WANTED = 2000;
const SMALLEST_PIECE = 256 * 1024;
const LARGEST_PIECE = 4 * 1024 * 1024;

/**
 * Gives a file to others: by the torrent that an address names, or by one that is made of it.
 * @throws LoopstickError TORRENT_OTHER_CONTENT and others of torrents; the system's own errors; the signal's reason
 */
export async function seed(request: OfferRequest, options: TorrentOptions, world: World): Promise<Offer> {
  const { file: path, signal, address, mayFollow } = request;
  const file = await open(path, 'r');
  try {
    const { torrent, name, reach } =
      address === undefined
        ? await ownTorrent(file, request)
        : await namedTorrent(file, address, { ...request, signal, mayFollow });
    const { meta, entry, has } = torrent;
    const limiter = request.limiter ?? new RateLimiter({ clock: world.clock });
    const introduction = introductionOf({ meta, trackers: torrent.trackers }, name, reach);
    const swarm = createSwarm(introduction, {
      ...{ world, options, mayFollow, limiter, store: storeOf(file, entry, has) },
      port: request.port ?? options.port,
      host: request.host,
    });
    const port = await swarm.join();
    const hosts = request.host === undefined ? world.addresses() : [request.host];
    return {
      address: magnetOf(meta, entry, hosts, port ?? 0),
      description: encodeTorrent(meta),
      get given() {
        return swarm.given;
      },
      get takers() {
        return swarm.peers;
      },
      close: async () => {
        swarm.close();
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface SeededTorrent {
  readonly meta: MetaInfo;
  /** The file's place in it. */
  readonly entry: TorrentFile;
  readonly has: Uint8Array;
  readonly trackers: readonly string[];
}

interface Seeding {
  readonly torrent: SeededTorrent;
  readonly name: string;
  readonly reach: 'machine' | 'network' | 'world';
}

async function ownTorrent(file: FileHandle, request: OfferRequest): Promise<Seeding> {
  const { size: length } = await file.stat();
  const { name = basename(request.file), signal, onProgress } = request;
  const pieceLength = pieceLengthFor(length);
  const hashes: Buffer[] = [];
  for (let at = 0; at < length; at += pieceLength) {
    signal.throwIfAborted();
    const bytes = await readFully(file, at, Math.min(length, at + pieceLength));
    hashes.push(createHash('sha1').update(bytes).digest());
    onProgress?.(at + bytes.length, length);
  }
  const meta = parseInfo(encodeInfo({ name, length, pieceLength, pieces: Buffer.concat(hashes) }), name);
  const entry = fileOf(meta, undefined, name);
  const has = new Uint8Array(Math.ceil(pieceCount(meta) / 8));
  for (let piece = 0; piece < pieceCount(meta); piece++) addPiece(has, piece);
  return { torrent: { meta, entry, has, trackers: [] }, name, reach: 'machine' };
}

/** Of a torrent with several files, only pieces that lie within this one can be given. */
async function namedTorrent(file: FileHandle, address: string, request: OfferRequest): Promise<Seeding> {
  const parsed = parseAddress(address);
  const { name } = parsed;
  if (parsed.kind === 'magnet') {
    throw failure(TORRENT_ERRORS.address, { address: name, problem: 'to seed, the torrent file itself is needed' });
  }
  const { meta, trackers } = await fetchTorrent(parsed.url, name, request);
  const entry = fileOf(meta, parsed.path, name);
  const { size } = await file.stat();
  const other = (problem: string): Error =>
    failure(TORRENT_ERRORS.otherContent, { file: request.file, torrent: name, problem });
  if (size !== entry.length) throw other(`it has ${size} bytes and not ${entry.length}`);
  const has = new Uint8Array(Math.ceil(pieceCount(meta) / 8));
  for (let piece = 0; piece < pieceCount(meta); piece++) {
    request.signal.throwIfAborted();
    const start = piece * meta.pieceLength - entry.offset;
    const end = start + lengthOfPiece(meta, piece);
    if (start < 0 || end > size) continue;
    if (!isPieceRight(meta, piece, await readFully(file, start, end))) throw other(`bytes ${start} to ${end} differ`);
    addPiece(has, piece);
    request.onProgress?.(end, size);
  }
  return { torrent: { meta, entry, has, trackers }, name, reach: reachOfAddress(parsed.url) };
}

function storeOf(file: FileHandle, { offset }: TorrentFile, has: Uint8Array): Store {
  return { has, read: (start, end) => readFully(file, start - offset, end - offset) };
}

/** @throws Error when the file has become shorter */
async function readFully(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start);
  for (let read = 0; read < bytes.length;) {
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, start + read);
    if (bytesRead === 0) throw new Error('the file has become shorter');
    read += bytesRead;
  }
  return bytes;
}

function pieceLengthFor(length: number): number {
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, length / PIECES_WANTED)));
  return Math.min(LARGEST_PIECE, Math.max(SMALLEST_PIECE, wanted));
}

/** With the addresses at which we can be reached, so that nobody has to be asked where that is. */
function magnetOf(meta: MetaInfo, entry: TorrentFile, hosts: readonly string[], port: number): string {
  const parts = [
    `xt=urn:btih:${meta.infoHash}`,
    `dn=${encodeURIComponent(meta.name)}`,
    `xl=${entry.length}`,
    ...hosts.map((host) => `x.pe=${encodeURIComponent(formatPeer({ host, port }))}`),
  ];
  const path = meta.files.length > 1 ? `#${entry.path.map(encodeURIComponent).join('/')}` : '';
  return `magnet:?${parts.join('&')}${path}`;
}
