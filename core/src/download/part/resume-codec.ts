import { createHash } from 'node:crypto';
import { endianness } from 'node:os';

import { z } from 'zod';

import { hexSchema } from '../../catalog/atoms.ts';
import type { Digests } from '../../verify/digests.ts';

/** The origin of a piece whose bytes came from several, or from one that is not listed. */
export const MIXED = 0xffff;
/** The origin of a piece without bytes. */
export const NONE = 0xfffe;

/** One address that delivered bytes, and by what it told one state of the file from another. */
export interface ResumeOrigin {
  readonly url: string;
  /** Scheme and host of where redirects led to, when that was another server. What follows is what it said. */
  readonly place?: string | undefined;
  /** Strong, with its quotes. */
  readonly etag?: string | undefined;
  /** As it was sent, when it was strong then (RFC 9110, 8.8.2.2). */
  readonly lastModified?: string | undefined;
}

/** By piece, in the order of the file. */
export interface PieceTable {
  /** Bytes that are there, from the start of the piece. */
  readonly fill: Uint32Array;
  /** CRC-32 of these bytes. */
  readonly crc: Uint32Array;
  /** Index into the origins, or MIXED or NONE. */
  readonly origin: Uint16Array;
}

export interface ResumeState {
  /** Of the whole file in bytes. */
  readonly size: number;
  /** In bytes; the last piece may be shorter. */
  readonly pieceSize: number;
  /** What the whole file must have; may be empty. */
  readonly digests: Digests;
  readonly urls: readonly string[];
  /** Written by an orderly end, after which nothing was written any more. */
  readonly clean: boolean;
  readonly origins: readonly ResumeOrigin[];
  readonly pieces: PieceTable;
}

type Head = Omit<ResumeState, 'pieces'>;

const MAGIC = Buffer.from('LOOPRESU', 'latin1');
const VERSION = 1;
const CHECKSUM_AT = 32;
const HEAD_AT = 64;
const TABLE_AT = 64 * 1024;
const BYTES_A_PIECE = 4 + 4 + 2;
/** Slots begin at multiples of this, so that writing one touches no block of the other. */
const BLOCK = 4096;
const MOST_PIECES = 64 * 1024;
const MOST_ENTRIES = 64;

/** No slot is larger. */
export const LARGEST_SLOT: number = slotSizeFor(MOST_PIECES);

const url = z.string().max(4096);
const headSchema: z.ZodType<Head, unknown> = z.object({
  size: z.int().nonnegative(),
  pieceSize: z.int().positive().max(0xffff_ffff),
  digests: z.strictObject({
    md5: hexSchema(128).exactOptional(),
    sha1: hexSchema(160).exactOptional(),
    sha256: hexSchema(256).exactOptional(),
    sha512: hexSchema(512).exactOptional(),
  }),
  urls: z.array(url).max(MOST_ENTRIES),
  clean: z.boolean(),
  origins: z
    .array(
      z.object({
        url,
        place: url.optional(),
        etag: z.string().max(1024).optional(),
        lastModified: z.string().max(128).optional(),
      }),
    )
    .max(MOST_ENTRIES),
});

/** Bytes of a slot for so many pieces. */
export function slotSizeFor(pieces: number): number {
  return Math.ceil((TABLE_AT + pieces * BYTES_A_PIECE) / BLOCK) * BLOCK;
}

export function pieceCountOf(state: Pick<ResumeState, 'size' | 'pieceSize'>): number {
  return Math.ceil(state.size / state.pieceSize);
}

/**
 * One slot of a resume file. All numbers are little-endian and unsigned, all offsets in bytes:
 *
 * | offset     | bytes  | content                                                                                    |
 * | ---------- | ------ | ------------------------------------------------------------------------------------------ |
 * | 0          | 8      | `LOOPRESU`                                                                                 |
 * | 8          | 4      | version of the format: 1                                                                   |
 * | 12         | 4      | generation; the slot that is ahead (modulo 2^32) is the newer one                          |
 * | 16         | 4      | length of the head                                                                         |
 * | 20         | 4      | count of pieces, n                                                                         |
 * | 24         | 8      | zero                                                                                       |
 * | 32         | 32     | SHA-256 of the whole slot, with zeros in these 32 bytes                                    |
 * | 64         | length | head: the state without its pieces, as JSON in UTF-8; zeros up to 65536                    |
 * | 65536      | 4 n    | bytes that are there, from the start of each piece                                         |
 * | + 4 n      | 4 n    | CRC-32 of these bytes                                                                      |
 * | + 8 n      | 2 n    | index of the origin, 0xffff: several or unknown, 0xfffe: none; zeros up to a block of 4096 |
 *
 * SHA-256 and not CRC-32, although the enemy is only accident: a wrong table would be believed, every torn write is
 * another throw of the dice, and the table itself is made of CRCs. It costs a fraction of a millisecond every few
 * seconds.
 *
 * What does not fit into the head is left out: addresses first, then origins, whose pieces become MIXED.
 *
 * @throws RangeError when the state contradicts itself
 */
export function encodeSlot(state: ResumeState, generation: number): Buffer {
  const count = pieceCountOf(state);
  const { fill, crc, origin } = state.pieces;
  if (count > MOST_PIECES || [fill, crc, origin].some((column) => column.length !== count)) {
    throw new RangeError(`a table of ${fill.length} pieces does not fit a file of ${count}`);
  }
  if (!isSound(state, state.pieces)) throw new RangeError('a piece holds more than its length, or what nobody sent');
  const { head, newIndex } = fitHead(state);
  const slot = Buffer.alloc(slotSizeFor(count));
  MAGIC.copy(slot);
  slot.writeUInt32LE(VERSION, 8);
  slot.writeUInt32LE(generation, 12);
  slot.writeUInt32LE(head.length, 16);
  slot.writeUInt32LE(count, 20);
  head.copy(slot, HEAD_AT);
  putColumn(slot, TABLE_AT, fill);
  putColumn(slot, TABLE_AT + 4 * count, crc);
  putColumn(slot, TABLE_AT + 8 * count, renumbered(origin, newIndex));
  createHash('sha256').update(slot).digest().copy(slot, CHECKSUM_AT);
  return slot;
}

/** Undefined when the slot is torn, foreign, of a newer format, or contradicts itself. */
export function decodeSlot(slot: Buffer): { readonly generation: number; readonly state: ResumeState } | undefined {
  if (slot.length < TABLE_AT || !slot.subarray(0, 8).equals(MAGIC) || slot.readUInt32LE(8) !== VERSION) {
    return undefined;
  }
  if (!checksumOf(slot).equals(slot.subarray(CHECKSUM_AT, HEAD_AT))) return undefined;
  const headLength = slot.readUInt32LE(16);
  const count = slot.readUInt32LE(20);
  if (headLength > TABLE_AT - HEAD_AT || count > MOST_PIECES || slotSizeFor(count) !== slot.length) return undefined;
  const head = parseHead(slot.toString('utf8', HEAD_AT, HEAD_AT + headLength));
  if (head === undefined || pieceCountOf(head) !== count) return undefined;
  const pieces = readTable(slot, count);
  if (!isSound(head, pieces)) return undefined;
  return { generation: slot.readUInt32LE(12), state: { ...head, pieces } };
}

function checksumOf(slot: Buffer): Buffer {
  return createHash('sha256')
    .update(slot.subarray(0, CHECKSUM_AT))
    .update(Buffer.alloc(HEAD_AT - CHECKSUM_AT))
    .update(slot.subarray(HEAD_AT))
    .digest();
}

/** The head as bytes, with as many origins and addresses as fit, and the new index of each origin that is kept. */
function fitHead(state: ResumeState): { head: Buffer; newIndex: ReadonlyMap<number, number> } {
  const { size, pieceSize, digests, clean } = state;
  const shape = headSchema.parse({ size, pieceSize, digests, clean, urls: [], origins: [] });
  let room = TABLE_AT - HEAD_AT - Buffer.byteLength(JSON.stringify(shape));
  const takes = (value: unknown): boolean => {
    // One more for the comma.
    const bytes = Buffer.byteLength(JSON.stringify(value)) + 1;
    if (bytes > room) return false;
    room -= bytes;
    return true;
  };
  const newIndex = new Map<number, number>();
  const origins: ResumeOrigin[] = [];
  for (const [index, origin] of state.origins.entries()) {
    const known = headSchema.safeParse({ ...shape, origins: [origin] }).data?.origins[0];
    if (origins.length === MOST_ENTRIES || known === undefined || !takes(known)) continue;
    newIndex.set(index, origins.length);
    origins.push(known);
  }
  const urls: string[] = [];
  for (const address of state.urls) {
    if (urls.length < MOST_ENTRIES && url.safeParse(address).success && takes(address)) urls.push(address);
  }
  return { head: Buffer.from(JSON.stringify({ ...shape, urls, origins })), newIndex };
}

function parseHead(text: string): Head | undefined {
  try {
    return headSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function readTable(slot: Buffer, count: number): PieceTable {
  const pieces = { fill: new Uint32Array(count), crc: new Uint32Array(count), origin: new Uint16Array(count) };
  getColumn(slot, TABLE_AT, pieces.fill);
  getColumn(slot, TABLE_AT + 4 * count, pieces.crc);
  getColumn(slot, TABLE_AT + 8 * count, pieces.origin);
  return pieces;
}

// Columns are copied as a whole: this happens many times a second, and number by number it would cost milliseconds.

function putColumn(slot: Buffer, at: number, column: Uint32Array | Uint16Array): void {
  bytesOf(column).copy(slot, at);
  toHost(slot.subarray(at, at + column.byteLength), column.BYTES_PER_ELEMENT);
}

function getColumn(slot: Buffer, at: number, column: Uint32Array | Uint16Array): void {
  slot.copy(bytesOf(column), 0, at, at + column.byteLength);
  toHost(bytesOf(column), column.BYTES_PER_ELEMENT);
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Uint16Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** From little-endian to the host's order of bytes, and back. */
function toHost(bytes: Buffer, width: number): void {
  if (endianness() === 'LE') return;
  if (width === 4) bytes.swap32();
  else bytes.swap16();
}

/** The origins' numbers as they are in the head; those that are not there become MIXED. */
function renumbered(origin: Uint16Array, newIndex: ReadonlyMap<number, number>): Uint16Array {
  if (areListed(origin, newIndex.size) && [...newIndex].every(([before, now]) => before === now)) return origin;
  return origin.map((from) => (from === NONE ? NONE : (newIndex.get(from) ?? MIXED)));
}

/** No piece holds more than its length, and every origin is listed. */
function isSound({ size, pieceSize, origins }: Head, { fill, origin }: PieceTable): boolean {
  for (const bytes of fill) if (bytes > pieceSize) return false;
  const last = fill.length - 1;
  return (fill[last] ?? 0) <= size - last * pieceSize && areListed(origin, origins.length);
}

function areListed(origin: Uint16Array, count: number): boolean {
  for (const from of origin) if (from >= count && from !== NONE && from !== MIXED) return false;
  return true;
}
