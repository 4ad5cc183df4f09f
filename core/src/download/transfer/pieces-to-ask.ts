import type { PieceMap } from '../part/piece-map.ts';
import { MIXED, NONE } from '../part/resume-codec.ts';

/** What so many have in common is no longer asked for: then it is the digest that is wrong. */
const ENOUGH = 3;

/** The pieces of a complete file: who is known to have each like this, and of whom it is being asked. */
export class Pieces {
  readonly all: readonly number[];
  readonly #map: PieceMap;
  readonly #holders: Set<number>[];
  readonly #asked = new Map<number, Set<number>>();
  /** In which they are asked for. */
  readonly #order: readonly number[];

  constructor(map: PieceMap, random: () => number) {
    this.#map = map;
    this.all = Array.from({ length: map.count }, (_, piece) => piece);
    this.#holders = this.all.map((piece) => this.#sendersOf(piece));
    this.#order = ordered(this.all, map, random);
  }

  /** The numbers of the origins that have it as it is here. Nobody where several had a share in it. */
  holders(piece: number): ReadonlySet<number> {
    return this.#holders[piece] ?? new Set();
  }

  agree(piece: number, origin: number): void {
    this.#holders[piece]?.add(origin);
  }

  /** It was replaced by what `origin` has, or by whoever the map says. */
  reset(piece: number, origin?: number): void {
    this.#holders[piece] = origin === undefined ? this.#sendersOf(piece) : new Set([origin]);
  }

  /** How many of those who have it like this are not guilty of anything. */
  innocent(piece: number, guilty: ReadonlySet<number>): number {
    let count = 0;
    for (const holder of this.holders(piece)) if (!guilty.has(holder)) count++;
    return count;
  }

  ask(piece: number, origin: number): void {
    const asked = this.#asked.get(piece) ?? new Set();
    this.#asked.set(piece, asked.add(origin));
  }

  answered(piece: number, origin: number): void {
    this.#asked.get(piece)?.delete(origin);
  }

  /** Those of whom it is being asked. */
  askedOf(piece: number): ReadonlySet<number> {
    return this.#asked.get(piece) ?? new Set();
  }

  /** The first that an origin is not known to have like this. */
  find(origin: number, isMeant: (piece: number) => boolean): number | undefined {
    return this.#order.find((piece) => !this.holders(piece).has(origin) && isMeant(piece));
  }

  /** The first of those that the fewest are known to have like this. */
  leastKnown(origin: number, isFree: (piece: number) => boolean): number | undefined {
    for (let known = 1; known < ENOUGH; known++) {
      const piece = this.find(origin, (one) => this.holders(one).size === known && isFree(one));
      if (piece !== undefined) return piece;
    }
    return undefined;
  }

  #sendersOf(piece: number): Set<number> {
    const sender = this.#map.originOf(piece);
    return new Set(sender === MIXED || sender === NONE ? [] : [sender]);
  }
}

/**
 * One of each sender, then at random: whoever has another file altogether shows with his first piece, and who has wrong
 * bytes here and there the sooner, the more he has sent.
 */
function ordered(pieces: readonly number[], map: PieceMap, random: () => number): number[] {
  const shuffled = [...pieces];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] ?? 0, shuffled[last] ?? 0];
  }
  const seen = new Set<number>();
  const first = shuffled.filter((piece) => !seen.has(map.originOf(piece)) && seen.add(map.originOf(piece)));
  return [...new Set([...first, ...shuffled])];
}
