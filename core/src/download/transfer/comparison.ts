import { crc32 } from 'node:zlib';

import { differentFile } from './identity.ts';
import type { Origin } from './origin.ts';
import type { TransferState } from './state.ts';

/** Compares what streams past with what is here, piece by piece: free of charge, and it finds another file early. */
export class Comparison {
  readonly #state: TransferState;
  readonly #origin: Origin;
  #piece = -1;
  #crc = 0;
  #at = 0;

  constructor(state: TransferState, origin: Origin) {
    this.#state = state;
    this.#origin = origin;
  }

  /** @throws LoopstickError DOWNLOAD_DIFFERENT_FILE */
  add(chunks: readonly Uint8Array[], start: number): void {
    const { map } = this.#state;
    let at = start;
    for (const chunk of chunks) {
      for (let used = 0; used < chunk.length;) {
        const piece = map.pieceAt(at);
        // Only what is seen from a piece's beginning can be compared.
        if (at === map.startOf(piece)) [this.#piece, this.#crc, this.#at] = [piece, 0, at];
        const known = map.startOf(piece) + map.fillOf(piece);
        const end = at < known ? Math.min(known, at + chunk.length - used) : map.endOf(piece);
        const share = chunk.subarray(used, used + end - at);
        if (this.#piece === piece && this.#at === at && at < known) {
          this.#crc = crc32(share, this.#crc);
          this.#at = at + share.length;
          if (this.#at === known && this.#crc !== map.crcOf(piece)) {
            throw differentFile(this.#origin, `bytes ${map.startOf(piece)} to ${known} are not those that are here`);
          }
        }
        used += share.length;
        at += share.length;
      }
    }
  }
}
