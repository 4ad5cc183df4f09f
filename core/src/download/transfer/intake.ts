import { crc32 } from 'node:zlib';

import type { PieceMap } from '../part/piece-map.ts';
import type { Lease } from './lease.ts';

/**
 * Gives away the places of the next bytes of a lease, before they are written. Nothing in it waits: two connections can
 * be in a race for these bytes.
 * @param origin the number of who has sent them
 */
export function claim(map: PieceMap, lease: Lease, origin: number, chunks: readonly Uint8Array[]): void {
  for (const chunk of chunks) {
    for (let used = 0; used < chunk.length;) {
      const piece = map.pieceAt(lease.at);
      const share = chunk.subarray(used, used + map.endOf(piece) - lease.at);
      const crc = crc32(share, map.fillOf(piece) === 0 ? 0 : map.crcOf(piece));
      map.accept(piece, share.length, origin, crc);
      lease.at += share.length;
      used += share.length;
    }
  }
}
