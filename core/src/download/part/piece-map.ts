import { MIXED, NONE, type PieceTable } from './resume-codec.ts';

/** Nobody can take over the rest of a piece that a slow mirror has begun without fetching it twice, so they are small. */
const SMALLEST_PIECE = 256 * 1024;
/** With more pieces than this they become larger, so that the table of a large file stays small. */
const MOST_PIECES = 8192;

/** Size of the pieces in which a file of this size is kept account of: a power of two. */
export function pieceSizeFor(size: number): number {
  let piece = SMALLEST_PIECE;
  while (size / piece > MOST_PIECES) piece *= 2;
  return piece;
}

/**
 * Which bytes of a file are there: pieces of equal length (the last may be shorter), each filled from its start. A
 * byte counts as accepted when its place is given away, as written when the system has taken it; only written pieces
 * are done. `done` counts a byte once and goes back only when pieces are dropped.
 */
export class PieceMap {
  readonly size: number;
  readonly pieceSize: number;
  readonly count: number;
  readonly #fill: Uint32Array;
  readonly #written: Uint32Array;
  readonly #crc: Uint32Array;
  readonly #origin: Uint16Array;
  #done = 0;
  #dropped = 0;
  /** Pieces before this one are done. */
  #frontier = 0;

  constructor(size: number, pieceSize: number = pieceSizeFor(size)) {
    this.size = size;
    this.pieceSize = pieceSize;
    this.count = Math.ceil(size / pieceSize);
    this.#fill = new Uint32Array(this.count);
    this.#written = new Uint32Array(this.count);
    this.#crc = new Uint32Array(this.count);
    this.#origin = new Uint16Array(this.count).fill(NONE);
  }

  /** As an earlier run left it. */
  static from(size: number, pieceSize: number, table: PieceTable): PieceMap {
    const map = new PieceMap(size, pieceSize);
    for (let piece = 0; piece < map.count; piece++) {
      const fill = Math.min(table.fill[piece] ?? 0, map.lengthOf(piece));
      if (fill === 0) continue;
      map.#fill[piece] = fill;
      map.#written[piece] = fill;
      map.#crc[piece] = table.crc[piece] ?? 0;
      map.#origin[piece] = table.origin[piece] ?? NONE;
      map.#done += fill;
    }
    return map;
  }

  /** Bytes written, each counted once. */
  get done(): number {
    return this.#done;
  }

  /** How often a piece that had bytes was dropped: whoever has read them has read something else. */
  get dropped(): number {
    return this.#dropped;
  }

  get complete(): boolean {
    return this.#done === this.size;
  }

  /** Everything before this offset is written. */
  get frontier(): number {
    while (this.#frontier < this.count && this.isDone(this.#frontier)) this.#frontier++;
    return Math.min(this.size, this.#frontier * this.pieceSize);
  }

  pieceAt(offset: number): number {
    return Math.floor(offset / this.pieceSize);
  }

  startOf(piece: number): number {
    return piece * this.pieceSize;
  }

  endOf(piece: number): number {
    return Math.min(this.size, (piece + 1) * this.pieceSize);
  }

  lengthOf(piece: number): number {
    return this.endOf(piece) - this.startOf(piece);
  }

  isDone(piece: number): boolean {
    return this.#written[piece] === this.lengthOf(piece);
  }

  /** Bytes of this piece whose place has been given away, from its start. */
  fillOf(piece: number): number {
    return this.#fill[piece] ?? 0;
  }

  /** Bytes of this piece that can be read, from its start; 0 while some are on their way to the file. */
  readableOf(piece: number): number {
    return this.#fill[piece] === this.#written[piece] ? this.fillOf(piece) : 0;
  }

  crcOf(piece: number): number {
    return this.#crc[piece] ?? 0;
  }

  originOf(piece: number): number {
    return this.#origin[piece] ?? NONE;
  }

  /** Gives away the next bytes of one piece, of which `crc` is the checksum from the piece's start to their end. */
  accept(piece: number, length: number, origin: number, crc: number): void {
    const fill = this.fillOf(piece) + length;
    if (fill > this.lengthOf(piece)) throw new RangeError('more bytes than the piece is long');
    const before = this.originOf(piece);
    this.#origin[piece] = before === NONE || before === origin ? origin : MIXED;
    this.#fill[piece] = fill;
    this.#crc[piece] = crc;
  }

  /** The system has taken these bytes of `[start, end)`, which were accepted before. */
  wrote(start: number, end: number): void {
    for (let at = start; at < end;) {
      const piece = this.pieceAt(at);
      const next = Math.min(end, this.endOf(piece));
      this.#written[piece] = (this.#written[piece] ?? 0) + next - at;
      at = next;
    }
    this.#done += end - start;
  }

  /** Forgets a piece, which nobody may be writing to. */
  drop(piece: number): void {
    if (this.fillOf(piece) > 0) this.#dropped++;
    this.#done -= this.#written[piece] ?? 0;
    this.#fill[piece] = 0;
    this.#written[piece] = 0;
    this.#crc[piece] = 0;
    this.#origin[piece] = NONE;
    this.#frontier = Math.min(this.#frontier, piece);
  }

  /** What is worth recording: pieces of which everything accepted is written. */
  table(): PieceTable {
    const settled = (piece: number): boolean => this.#fill[piece] === this.#written[piece];
    return {
      fill: this.#fill.map((_, piece) => this.readableOf(piece)),
      crc: this.#crc.map((crc, piece) => (settled(piece) ? crc : 0)),
      origin: this.#origin.map((origin, piece) => (settled(piece) ? origin : NONE)),
    };
  }
}
