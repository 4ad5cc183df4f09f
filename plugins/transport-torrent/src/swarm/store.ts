/** What can be given to others: always whole pieces that are known to be right. */
export interface Store {
  /** A bit for each piece, the first one highest (BEP 3). */
  readonly has: Uint8Array;
  /** Bytes [start, end) of the content. @throws Error when they are not there any more */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** One bit more. */
export function addPiece(has: Uint8Array, piece: number): void {
  has[piece >> 3] = (has[piece >> 3] ?? 0) | (0x80 >> (piece & 7));
}
