import type { Replacement } from './examination.ts';
import type { Range } from './read-range.ts';

/** Enough to compare, and next to nothing beside a piece. In bytes. */
const SAMPLE = 64 * 1024;

/** Somebody has other bytes of a piece than are here. Others say who is right by what they have where the two differ. */
export class Dispute {
  readonly claim: Replacement;
  /** Where the two differ first, in bytes from the start of the piece. */
  readonly range: Range;
  readonly #votes = new Map<number, 'here' | 'claim' | 'neither'>();
  readonly #here: Buffer;

  constructor(claim: Replacement, here: Buffer) {
    const { bytes, origin } = claim;
    const first = bytes.findIndex((byte, at) => byte !== here[at]);
    const start = Math.max(0, Math.min(first, bytes.length - SAMPLE));
    this.claim = claim;
    this.range = { start, end: Math.min(bytes.length, start + SAMPLE) };
    this.#here = Buffer.from(here.subarray(this.range.start, this.range.end));
    this.#votes.set(origin, 'claim');
  }

  hasVoted(origin: number): boolean {
    return this.#votes.has(origin);
  }

  /** @param bytes what it has in the range */
  vote(origin: number, bytes: Buffer): void {
    const { start, end } = this.range;
    const isClaimed = this.claim.bytes.subarray(start, end).equals(bytes);
    this.#votes.set(origin, isClaimed ? 'claim' : this.#here.equals(bytes) ? 'here' : 'neither');
  }

  get forClaim(): readonly number[] {
    return this.#for('claim');
  }

  /** Those who sent it come on top. */
  get forHere(): readonly number[] {
    return this.#for('here');
  }

  get forNeither(): readonly number[] {
    return this.#for('neither');
  }

  #for(what: 'here' | 'claim' | 'neither'): readonly number[] {
    return [...this.#votes].flatMap(([origin, vote]) => (vote === what ? [origin] : []));
  }
}
