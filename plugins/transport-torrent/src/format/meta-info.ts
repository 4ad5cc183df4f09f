import { createHash } from 'node:crypto';

import { failure, messageOf, printable, type LoopstickError } from '@loopstick/core';

import { TORRENT_ERRORS } from '../torrent-errors.ts';
import { decode, encode, rawEntry, type Bencoded, type BencodedMap } from './bencode.ts';

/** A torrent file of 4 MiB describes 200,000 pieces. */
export const MOST_TORRENT_BYTES: number = 4 * 1024 * 1024;
const MOST_PIECES = 262_144;
/** A piece is held in memory until its hash is known. */
const SMALLEST_PIECE = 16 * 1024;
const LARGEST_PIECE = 32 * 1024 * 1024;
/** In bytes; nobody has an image like that. */
const LARGEST_CONTENT = 2 ** 43;
const MOST_FILES = 20_000;
const MOST_TRACKERS = 20;
const SHA1_BYTES = 20;

/** One file of a torrent: `[offset, offset + length)` of its content. */
export interface TorrentFile {
  /** Names as the torrent has them, for comparison and display: never a path of ours. */
  readonly path: readonly string[];
  readonly offset: number;
  readonly length: number;
}

/** What identifies the content (BEP 3): the `info` dictionary. */
export interface MetaInfo {
  /** 40 hex digits. */
  readonly infoHash: string;
  readonly name: string;
  readonly pieceLength: number;
  /** SHA-1 of each piece, one after the other. */
  readonly pieces: Buffer;
  /** Of the whole content, in bytes. */
  readonly length: number;
  readonly files: readonly TorrentFile[];
  /** Its publisher wants no other peers than those of its trackers (BEP 27). */
  readonly isPrivate: boolean;
  /** The bytes that the hash is of. */
  readonly info: Buffer;
}

export interface Torrent {
  readonly meta: MetaInfo;
  /** Addresses, http, https or udp, as the torrent has them. */
  readonly trackers: readonly string[];
}

/** @throws LoopstickError TORRENT_INVALID */
export function parseTorrent(bytes: Buffer, torrent: string): Torrent {
  return checked(torrent, () => {
    if (bytes.length > MOST_TORRENT_BYTES) throw new Error('it is too large');
    const root = asMap(decode(bytes), 'it');
    return { meta: readInfo(infoOf(bytes)), trackers: trackersOf(root) };
  });
}

/** What a peer has sent for a magnet link, when it has the right hash. @throws LoopstickError TORRENT_INVALID */
export function parseInfo(info: Buffer, torrent: string): MetaInfo {
  return checked(torrent, () => readInfo(info));
}

/** The `info` of a torrent file. @throws Error when it has none */
export function infoOf(torrent: Buffer): Buffer {
  const info = rawEntry(torrent, 'info');
  if (info === undefined) throw new Error('it has no "info"');
  return info;
}

/** The torrent file for peers of one's own. */
export function encodeTorrent({ info }: MetaInfo): Buffer {
  return Buffer.concat([Buffer.from('d4:info'), info, Buffer.from('e')]);
}

/** An `info` of one file. @param pieces SHA-1 of each piece */
export function encodeInfo(file: { name: string; length: number; pieceLength: number; pieces: Buffer }): Buffer {
  return encode({ length: file.length, name: file.name, 'piece length': file.pieceLength, pieces: file.pieces });
}

export function pieceCount({ pieces }: Pick<MetaInfo, 'pieces'>): number {
  return pieces.length / SHA1_BYTES;
}

/** The last piece may be shorter. */
export function lengthOfPiece(
  { length, pieceLength }: Pick<MetaInfo, 'length' | 'pieceLength'>,
  piece: number,
): number {
  return Math.min(pieceLength, length - piece * pieceLength);
}

export function isPieceRight({ pieces }: Pick<MetaInfo, 'pieces'>, piece: number, bytes: Uint8Array): boolean {
  const wanted = pieces.subarray(piece * SHA1_BYTES, (piece + 1) * SHA1_BYTES);
  return createHash('sha1').update(bytes).digest().equals(wanted);
}

/**
 * The file that an address means: the one of this path, with or without the torrent's own name before it; without a
 * path the only one there is.
 * @throws LoopstickError TORRENT_NO_FILE
 */
export function fileOf({ files, name }: MetaInfo, path: string | undefined, torrent: string): TorrentFile {
  const [only, ...others] = files;
  if (path === undefined && only !== undefined && others.length === 0) return only;
  const found = files.find((file) => {
    const own = file.path.join('/');
    return own === path || `${name}/${own}` === path;
  });
  if (found !== undefined) return found;
  throw failure(TORRENT_ERRORS.noFile, { torrent, file: path ?? '' });
}

function readInfo(info: Buffer): MetaInfo {
  if (info.length > MOST_TORRENT_BYTES) throw new Error('it is too large');
  const map = asMap(decode(info), '"info"');
  const name = textOf(map.get('name'), 'name');
  const pieceLength = asNumber(map.get('piece length'), 'piece length', SMALLEST_PIECE, LARGEST_PIECE);
  const pieces = map.get('pieces');
  // Those of version 2 alone (BEP 52) have trees of hashes instead; both at once is fine.
  if (!Buffer.isBuffer(pieces)) throw new Error('it has no hashes of pieces (version 2 alone is not understood)');
  const files = filesOf(map, name);
  const last = files.at(-1);
  const length = last === undefined ? 0 : last.offset + last.length;
  if (length < 1 || length > LARGEST_CONTENT) throw new Error('its content has no size that is possible');
  const count = Math.ceil(length / pieceLength);
  if (count > MOST_PIECES) throw new Error('it has too many pieces');
  if (pieces.length !== count * SHA1_BYTES) throw new Error('its pieces do not make up its content');
  return {
    infoHash: createHash('sha1').update(info).digest('hex'),
    ...{ name, pieceLength, pieces, length, info },
    files: files.filter(({ length: own }) => own > 0),
    isPrivate: map.get('private') === 1,
  };
}

function filesOf(info: BencodedMap, name: string): TorrentFile[] {
  const listed = info.get('files');
  if (listed === undefined) {
    return [{ path: [name], offset: 0, length: asNumber(info.get('length'), 'length', 0, LARGEST_CONTENT) }];
  }
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > MOST_FILES) {
    throw new Error('its list of files is none');
  }
  let offset = 0;
  return (listed as readonly Bencoded[]).map((entry) => {
    const file = asMap(entry, 'a file');
    const length = asNumber(file.get('length'), 'length', 0, LARGEST_CONTENT);
    const names = file.get('path');
    if (!Array.isArray(names) || names.length === 0 || names.length > 64) throw new Error('a file has no path');
    const path = (names as readonly Bencoded[]).map((each) => textOf(each, 'path'));
    const at = offset;
    offset += length;
    return { path, offset: at, length };
  });
}

/** Of all tiers (BEP 12), the first ones. */
function trackersOf(root: BencodedMap): string[] {
  const tiers = root.get('announce-list');
  const listed = Array.isArray(tiers) ? (tiers as readonly Bencoded[]).flat(1) : [];
  const all = [root.get('announce'), ...listed].flatMap((each) => (Buffer.isBuffer(each) ? [each.toString()] : []));
  return [...new Set(all)].filter((url) => url.length <= 2048 && URL.canParse(url)).slice(0, MOST_TRACKERS);
}

function asMap(value: Bencoded | undefined, what: string): BencodedMap {
  if (value instanceof Map) return value as BencodedMap;
  throw new Error(`${what} is no dictionary`);
}

function asNumber(value: Bencoded | undefined, what: string, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new Error(`its "${what}" is impossible`);
}

function textOf(value: Bencoded | undefined, what: string): string {
  if (!Buffer.isBuffer(value) || value.length === 0 || value.length > 1024) throw new Error(`its "${what}" is no name`);
  return value.toString();
}

function checked<T>(torrent: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw invalid(torrent, messageOf(cause), cause);
  }
}

function invalid(torrent: string, problem: string, cause: unknown): LoopstickError {
  return failure(TORRENT_ERRORS.invalid, { torrent, problem: printable(problem) }, { cause });
}
