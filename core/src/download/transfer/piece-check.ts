import { failure, type LoopstickError } from '../../engine/errors.ts';
import type { PieceDigests } from '../../verify/piece-digests.ts';
import { pieceIsRight } from '../../verify/piece-check.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { MIXED } from '../part/resume-codec.ts';
import type { PartFile } from '../part/part-file.ts';
import type { PieceMap } from '../part/piece-map.ts';
import type { Range } from './read-range.ts';

/** What nobody has that many times is a fault of the list. */
const MOST_DOUBTS = 3;

/** What is known of one piece of the list. `wrong`: it has to be fetched again. `doubted`: nobody has what it should be. */
type Finding = 'right' | 'wrong' | 'doubted';

/**
 * Compares a file with the digests that a metalink gives for its pieces, each as soon as it is there. These pieces are
 * not those of the map: they may be smaller or larger. One is compared when all pieces of the map that it touches are
 * there, so that nobody is writing to them.
 */
export class PieceCheck {
  readonly #pieces: PieceDigests;
  readonly #part: PartFile;
  readonly #map: PieceMap;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #findings = new Map<number, Finding>();
  readonly #queue = new Set<number>();
  /** Senders of wrong pieces about whom is known what can be known. */
  readonly #judged = new Set<number>();
  #work: Promise<void> | undefined;
  #error: unknown;
  #isDoubted = false;
  /** Pieces of the list before this one are right, or doubted. */
  #next = 0;

  constructor(pieces: PieceDigests, part: PartFile, map: PieceMap, signal: AbortSignal) {
    this.#pieces = pieces;
    this.#part = part;
    this.#map = map;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    // A list for another length of file says nothing about this one.
    if (pieces.digests.length !== Math.ceil(map.size / pieces.length)) this.#isDoubted = true;
    this.touch({ start: 0, end: map.size });
  }

  /** Whether the list is no longer believed: then it has no say. */
  get isDoubted(): boolean {
    return this.#isDoubted;
  }

  /** Bytes before this one are not known to be wrong, and will not be fetched again because of the list. */
  get frontier(): number {
    if (this.#isDoubted) return this.#map.size;
    for (; this.#next < this.#pieces.digests.length; this.#next++) {
      const finding = this.#findings.get(this.#next);
      if (finding === undefined || finding === 'wrong') break;
    }
    return this.rangeOf(this.#next).start;
  }

  /** Wrong pieces of the list that are there, in the order of the file. */
  get wrong(): readonly number[] {
    if (this.#isDoubted) return [];
    const wrong = [...this.#findings].flatMap(([index, is]) => (is === 'wrong' && this.#isThere(index) ? [index] : []));
    return wrong.sort((a, b) => a - b);
  }

  /** The bytes of a piece of the list. */
  rangeOf(index: number): Range {
    const { length } = this.#pieces;
    return { start: Math.min(this.#map.size, index * length), end: Math.min(this.#map.size, (index + 1) * length) };
  }

  /** The pieces of the map that hold a piece of the list. */
  heldBy(index: number): readonly number[] {
    const { start, end } = this.rangeOf(index);
    const first = this.#map.pieceAt(start);
    return Array.from({ length: this.#map.pieceAt(end - 1) - first + 1 }, (_, at) => first + at);
  }

  /** The number of the origin that a piece of the list came from; MIXED when there were several. */
  senderOf(index: number): number {
    const [first = MIXED, ...others] = this.heldBy(index).map((piece) => this.#map.originOf(piece));
    return others.every((other) => other === first) ? first : MIXED;
  }

  /** These bytes are written. */
  touch({ start, end }: Range): void {
    if (this.#isDoubted || end <= start) return;
    // With its last byte, a piece of the map makes all of the list that lie in it ready.
    for (const index of this.#touching({ start, end })) if (this.#isThere(index)) this.#queue.add(index);
    if (this.#work === undefined) this.#begin();
  }

  /**
   * Whether somebody has sent something wrong of whom nothing is known yet: he is to be found before he sends more.
   * @throws what a comparison failed with
   */
  get isUrgent(): boolean {
    if (this.#error !== undefined) throw this.#error as Error;
    return this.wrong.some((index) => !this.#judged.has(this.senderOf(index)));
  }

  /** Waits until all that is there is compared. @throws the system's own errors; the signal's reason */
  async settle(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
    if (this.#error !== undefined) throw this.#error as Error;
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('nothing is compared any more'));
    await this.#work;
  }

  /** Whether a piece is what the list says. Nobody may be writing to it. */
  async isRight(index: number): Promise<boolean> {
    return await pieceIsRight(this.#part.handle, this.#pieces, index, this.#map.size, this.#signal);
  }

  accept(index: number): void {
    this.#findings.set(index, 'right');
  }

  /**
   * The pieces of the map that hold it were dropped and have to be fetched again: with it go its neighbours that lie in
   * them, whatever was found. That nobody has what the list says is still known.
   */
  forget(index: number): void {
    for (const touched of this.#touching(this.rangeOf(index))) {
      if (this.#findings.get(touched) === 'doubted') continue;
      this.#findings.delete(touched);
      this.#next = Math.min(this.#next, touched);
    }
  }

  /** A sender's wrong piece was asked for elsewhere: more of them are no reason to stop. */
  judged(sender: number): void {
    this.#judged.add(sender);
  }

  /** Nobody has what the list says. Returns why somebody has to be told, the first time. */
  doubt(index: number, label: string): LoopstickError | undefined {
    this.#findings.set(index, 'doubted');
    const doubts = [...this.#findings.values()].filter((is) => is === 'doubted').length;
    if (doubts >= MOST_DOUBTS) this.#isDoubted = true;
    return doubts === 1 ? failure(DOWNLOAD_ERRORS.piecesDoubted, { label, ...this.rangeOf(index) }) : undefined;
  }

  #begin(): void {
    if (this.#queue.size === 0 || this.#error !== undefined) return;
    this.#work = this.#checkAll().finally(() => {
      this.#work = undefined;
      this.#begin();
    });
  }

  async #checkAll(): Promise<void> {
    try {
      for (const index of this.#queue) {
        this.#queue.delete(index);
        if (this.#isThere(index)) await this.#check(index);
      }
    } catch (error) {
      this.#error ??= error;
    }
  }

  async #check(index: number): Promise<void> {
    if (this.#findings.get(index) === 'doubted') return;
    const isRight = await this.isRight(index);
    // It may have been dropped meanwhile, and be written to.
    if (isRight || this.#isThere(index)) this.#findings.set(index, isRight ? 'right' : 'wrong');
  }

  /** The pieces of the list that lie in the pieces of the map that hold these bytes, in part at least. */
  #touching({ start, end }: Range): readonly number[] {
    const { length } = this.#pieces;
    const map = this.#map;
    const first = Math.floor(map.startOf(map.pieceAt(start)) / length);
    const last = Math.ceil(map.endOf(map.pieceAt(end - 1)) / length);
    return Array.from({ length: last - first }, (_, at) => first + at);
  }

  #isThere(index: number): boolean {
    return this.heldBy(index).every((piece) => this.#map.isDone(piece));
  }
}
