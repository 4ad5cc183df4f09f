import { crc32 } from 'node:zlib';

import type { PieceMap } from '../part/piece-map.ts';
import { Dispute } from './dispute.ts';
import { Pieces } from './pieces-to-ask.ts';
import type { Range } from './read-range.ts';

/** What an origin had in a piece, by checksum. Who was wrong shows when the file is right. */
export interface Evidence {
  readonly piece: number;
  /** The number of the origin. */
  readonly sender: number;
  readonly crc: number;
}

/** Bytes to put into the file in the place of what is there. */
export interface Replacement {
  readonly piece: number;
  readonly origin: number;
  readonly bytes: Buffer;
}

/** What to ask of an origin: a piece, or where two differ in it. In bytes, from the start of the piece. */
export interface Question extends Range {
  readonly piece: number;
}

/**
 * A file is complete and wrong: who has sent wrong bytes? Each piece is asked of somebody who did not send it. Where two
 * differ, a third decides, and who is wrong in one piece is believed in none: what else he sent is asked of others
 * before anything more is asked about honest ones.
 *
 * Knows nothing of connections: it says what to ask, and hears the answers. Compares bytes, not checksums, which can be
 * forged.
 */
export class Examination {
  readonly #map: PieceMap;
  readonly #pieces: Pieces;
  /** By piece. */
  readonly #disputes = new Map<number, Dispute>();
  readonly #guilty = new Set<number>();
  readonly #parties = new Set<number>();
  readonly #evidence: Evidence[] = [];
  #witnesses = new Set<number>();
  /** The only one that is believed, whatever the others have. */
  #believed: number | undefined;
  #isChanged = false;

  constructor(map: PieceMap, random: () => number) {
    this.#map = map;
    this.#pieces = new Pieces(map, random);
  }

  /** Those who had other bytes than somebody else, by number. */
  get parties(): ReadonlySet<number> {
    return this.#parties;
  }

  get evidence(): readonly Evidence[] {
    return this.#evidence;
  }

  /** Whether bytes were replaced since the file was compared with its digest. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** The file was compared with its digest, and is not right. */
  judged(): void {
    this.#isChanged = false;
  }

  /** Who can be asked from now on, by number. */
  call(witnesses: Iterable<number>): void {
    this.#witnesses = new Set(witnesses);
  }

  /** It cannot be asked any more. */
  dismiss(origin: number): void {
    this.#witnesses.delete(origin);
  }

  /** What to ask an origin for; undefined when there is nothing, at least until somebody else has answered. */
  next(origin: number): Question | undefined {
    const others = (piece: number): ReadonlySet<number> => this.#pieces.askedOf(piece);
    const piece =
      this.#choose(origin, (one) => others(one).size === 0) ??
      // Rather than wait for somebody slow.
      this.#choose(origin, (one) => others(one).size < 2 && !others(one).has(origin));
    if (piece === undefined) return undefined;
    this.#pieces.ask(piece, origin);
    const range = this.#disputes.get(piece)?.range ?? { start: 0, end: this.#map.lengthOf(piece) };
    return { piece, ...range };
  }

  /** What was asked will not be answered. */
  unanswered(piece: number, origin: number): void {
    this.#pieces.answered(piece, origin);
  }

  /** Whether nothing is left to ask or to wait for. */
  get isOver(): boolean {
    return [...this.#witnesses].every((origin) => this.#choose(origin, () => true) === undefined);
  }

  /**
   * An origin has these bytes in answer to a question.
   * @param here the whole piece as it is in the file; empty when it is not there any more
   * @returns what is to be written
   */
  heard({ piece, start, end }: Question, origin: number, here: Buffer, bytes: Buffer): readonly Replacement[] {
    this.#pieces.answered(piece, origin);
    const isWhole = end - start === this.#map.lengthOf(piece);
    const isSame = here.subarray(start, end).equals(bytes);
    if (isWhole && isSame) this.#pieces.agree(piece, origin);
    const dispute = this.#disputes.get(piece);
    if (dispute !== undefined) {
      const { range } = dispute;
      // It may have been asked because of an earlier one.
      if (start > range.start || end < range.end) return [];
      dispute.vote(origin, bytes.subarray(range.start - start, range.end - start));
      return this.#settle(piece, dispute);
    }
    if (isSame || !isWhole) return [];
    if (this.#believed === origin || this.#isUnbacked(piece)) return [this.#replace({ piece, origin, bytes })];
    this.#disputes.set(piece, new Dispute({ piece, origin, bytes }, here));
    for (const party of [origin, ...this.#pieces.holders(piece)]) this.#parties.add(party);
    // More than one may have it as it is here.
    return this.#settleAll();
  }

  /** From now on whatever this origin has is taken. Returns what is known of that already. */
  believe(origin: number): readonly Replacement[] {
    this.#believed = origin;
    const claims = [...this.#disputes.values()].map(({ claim }) => claim);
    this.#disputes.clear();
    return claims.flatMap((claim) => {
      if (claim.origin === origin) return [this.#replace(claim)];
      this.#reject(claim);
      return [];
    });
  }

  /** The pieces that an origin is not known to have as they are here. */
  lackedBy(origin: number): readonly number[] {
    return this.#pieces.all.filter((piece) => !this.#pieces.holders(piece).has(origin));
  }

  /** Drops a piece from the map, to be fetched in another way: `refetched` says when that is done. */
  drop(piece: number): void {
    this.#accuse(piece);
    this.#map.drop(piece);
  }

  refetched(piece: number): void {
    this.#pieces.reset(piece);
  }

  #choose(origin: number, isFree: (piece: number) => boolean): number | undefined {
    if (!this.#witnesses.has(origin)) return undefined;
    if (this.#believed !== undefined) {
      return this.#believed === origin ? this.#pieces.find(origin, isFree) : undefined;
    }
    if (this.#guilty.has(origin)) return undefined;
    const disputed = [...this.#disputes.keys()].find((piece) => this.#mayVote(piece, origin) && isFree(piece));
    if (disputed !== undefined) return disputed;
    const isOpen = (piece: number): boolean => !this.#disputes.has(piece) && isFree(piece);
    const unbacked = this.#pieces.find(origin, (piece) => this.#isUnbacked(piece) && isOpen(piece));
    // Before more is asked about honest mirrors, the digest has its say.
    if (unbacked !== undefined || this.#isChanged || this.#isUndecided) return unbacked;
    return this.#pieces.leastKnown(origin, isOpen);
  }

  /** Whether nobody is known to have a piece like this but who is guilty of others. */
  #isUnbacked(piece: number): boolean {
    return this.#pieces.innocent(piece, this.#guilty) === 0;
  }

  /** Whether two differ, and nobody who could decide is left to be asked. */
  get #isUndecided(): boolean {
    const witnesses = [...this.#witnesses];
    return [...this.#disputes.keys()].some((piece) => !witnesses.some((origin) => this.#mayVote(piece, origin)));
  }

  #mayVote(piece: number, origin: number): boolean {
    const hasVoted = this.#disputes.get(piece)?.hasVoted(origin) === true;
    return !hasVoted && !this.#guilty.has(origin) && !this.#pieces.holders(piece).has(origin);
  }

  /** When two have the same and one has something else, that one is wrong; who is guilty by now has no say. */
  #settle(piece: number, dispute: Dispute): readonly Replacement[] {
    const holders = this.#pieces.holders(piece);
    const { claim } = dispute;
    const votes = (voters: Iterable<number>): number =>
      new Set([...voters].filter((voter) => !this.#guilty.has(voter))).size;
    const [forClaim, forHere] = [votes(dispute.forClaim), votes([...holders, ...dispute.forHere])];
    for (const other of dispute.forNeither) this.#parties.add(other);
    const isOver = forClaim !== forHere && (Math.max(forClaim, forHere) > 1 || Math.min(forClaim, forHere) === 0);
    if (!isOver) return [];
    this.#disputes.delete(piece);
    for (const loser of forClaim > forHere ? [...holders, ...dispute.forHere] : dispute.forClaim)
      this.#guilty.add(loser);
    if (forClaim < forHere) this.#reject(claim);
    const replaced = forClaim > forHere ? [this.#replace(claim)] : [];
    return [...replaced, ...this.#settleAll()];
  }

  #settleAll(): readonly Replacement[] {
    return [...this.#disputes].flatMap(([piece, dispute]) =>
      this.#disputes.has(piece) ? this.#settle(piece, dispute) : [],
    );
  }

  #replace(claim: Replacement): Replacement {
    this.#accuse(claim.piece);
    this.#pieces.reset(claim.piece, claim.origin);
    this.#isChanged = true;
    return claim;
  }

  /** Keeps in mind who had what is here now. */
  #accuse(piece: number): void {
    // Half a piece has another checksum than the whole, and proves nothing.
    if (!this.#map.isDone(piece)) return;
    const crc = this.#map.crcOf(piece);
    for (const sender of this.#pieces.holders(piece)) this.#evidence.push({ piece, sender, crc });
  }

  #reject({ piece, origin, bytes }: Replacement): void {
    this.#evidence.push({ piece, sender: origin, crc: crc32(bytes) });
  }
}
