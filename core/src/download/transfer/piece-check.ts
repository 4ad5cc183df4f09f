import { createHash } from 'node:crypto';

import type { PieceDigests } from '../../verify/piece-digests.ts';
import type { PartFile } from '../part/part-file.ts';
import type { PieceMap } from '../part/piece-map.ts';

/** Compares a file with the digests that a metalink gives for its pieces: each of those once it is right. */
export class PieceCheck {
  readonly #pieces: PieceDigests;
  readonly #part: PartFile;
  readonly #map: PieceMap;
  readonly #right = new Set<number>();

  constructor(pieces: PieceDigests, part: PartFile, map: PieceMap) {
    this.#pieces = pieces;
    this.#part = part;
    this.#map = map;
  }

  /** The pieces of the map that hold wrong bytes. */
  async check(signal: AbortSignal): Promise<readonly number[]> {
    const { length, digests } = this.#pieces;
    // Any of them may have been fetched again since.
    this.#right.clear();
    const wrong = new Set<number>();
    // A list for another length of file says nothing about this one.
    if (digests.length !== Math.ceil(this.#map.size / length)) return [];
    for (const index of digests.keys()) {
      signal.throwIfAborted();
      if (this.#right.has(index)) continue;
      if (await this.#isRight(index)) {
        this.#right.add(index);
        continue;
      }
      const last = Math.min(this.#map.size, (index + 1) * length) - 1;
      for (let piece = this.#map.pieceAt(index * length); piece <= this.#map.pieceAt(last); piece++) wrong.add(piece);
    }
    // A piece of the map may cover several of these: all of them are fetched again.
    for (const index of this.#right) if (wrong.has(this.#map.pieceAt(index * length))) this.#right.delete(index);
    return [...wrong];
  }

  async #isRight(index: number): Promise<boolean> {
    const { algorithm, length, digests } = this.#pieces;
    const start = index * length;
    const bytes = await this.#part.read(start, Math.min(length, this.#map.size - start));
    return createHash(algorithm).update(bytes).digest('hex') === digests[index];
  }
}
