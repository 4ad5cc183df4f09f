import { setTimeout as sleep } from 'node:timers/promises';

import { failure, type LoopstickError } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { behind, lengthOf, upTo } from '../part/part-file.ts';
import { askForLease, isSecondStream } from './ask-lease.ts';
import { Comparison } from './comparison.ts';
import { badRange, looksLikeWebPage, sizeMismatch, webPage } from './identity.ts';
import { claim } from './intake.ts';
import type { Lease } from './lease.ts';
import type { Origin } from './origin.ts';
import type { OpenRequest } from './request.ts';
import { Speed } from './speed.ts';
import type { TransferState } from './state.ts';

/** Why a request ends although nothing is wrong with it. */
const NOT_NEEDED: unique symbol = Symbol('not needed');

/**
 * A connection that is not fast wakes us for every few packets. Waiting a moment lets them come together: one read, one
 * write and one timer for all of them. What comes meanwhile is held by the transport.
 */
const SMALL_BATCH = 256 * 1024;
const BREATH_MS = 8;

/** Who has not sent a byte after so long when nobody needs him any more did not merely need a moment. */
const HUNG_MS = 2_000;

/** How often one lease is asked for with ever weaker conditions. */
const MOST_ASKS = 3;

/** Where a connection gets its work. */
export interface WorkSource {
  /** The next run of bytes to fetch; undefined when there is nothing to do at present. */
  next(connection: Connection, from: number): Lease | undefined;
  /** The connection no longer works on it. */
  leave(connection: Connection, lease: Lease): void;
  /** Before a lease is begun: makes sure that the origin has the same file. @throws LoopstickError of the mirror */
  prove(origin: Origin, signal: AbortSignal): Promise<void>;
  /** An answer does not agree with earlier ones of this origin. Returns when it is the same file all the same. */
  reconsider(origin: Origin, signal: AbortSignal): Promise<void>;
}

/** One connection to one origin: takes leases and fills them, one request each, until it is retired or fails. */
export class Connection {
  readonly origin: Origin;
  readonly openedAt: number;
  readonly speed: Speed;
  /** When the last bytes came, or the connection began to wait for them. */
  lastBytesAt: number;
  lease: Lease | undefined;
  /** Its request has been answered. */
  isReading = false;
  /** The highest speed that it had. */
  peak = 0;
  /** It ends after so many bytes. */
  mostBytes: number = Infinity;
  /** When its last request was sent. */
  askedAt: number;
  /** When the first bytes of its first answer came, and how many. */
  firstBytes: { readonly at: number; readonly length: number } | undefined;
  #retired = false;
  readonly #state: TransferState;
  readonly #work: WorkSource;
  #request = new AbortController();
  #stock: { readonly bytes: number; readonly at: number };

  constructor(state: TransferState, origin: Origin, work: WorkSource) {
    this.#state = state;
    this.#work = work;
    this.origin = origin;
    this.openedAt = state.clock();
    this.lastBytesAt = this.openedAt;
    this.askedAt = this.openedAt;
    this.#stock = { bytes: 0, at: this.openedAt };
    this.speed = new Speed(state.clock, 1000);
  }

  /** What has come since this was asked for the last time, and how long that took. */
  takeStock(): { readonly bytes: number; readonly ms: number } {
    const now = this.#state.clock();
    const stock = { bytes: this.speed.total - this.#stock.bytes, ms: Math.max(1, now - this.#stock.at) };
    this.#stock = { bytes: this.speed.total, at: now };
    return stock;
  }

  /** Measures its speed; called at each tick. */
  sample(): void {
    this.speed.sample();
    this.peak = Math.max(this.peak, this.speed.value ?? 0);
  }

  /**
   * Works until nothing is left to do. @throws LoopstickError of the mirror; the system's own errors of the disk; the
   * transfer's signal's reason
   */
  async run(first: Lease): Promise<void> {
    try {
      for (let lease: Lease | undefined = first; lease !== undefined;) {
        this.#take(lease);
        await this.#fill();
        this.#leave();
        lease = this.#retired ? undefined : this.#work.next(this, 0);
      }
    } finally {
      this.#leave();
      const { lastBytesAt, firstBytes, origin } = this;
      if (firstBytes === undefined && this.#state.clock() - lastBytesAt >= HUNG_MS) origin.hung = true;
    }
  }

  /** It has been told to end. */
  get isRetired(): boolean {
    return this.#retired;
  }

  /** Ends it at the next batch; what it has is kept. */
  retire(): void {
    this.#retired = true;
    this.#request.abort(NOT_NEEDED);
  }

  /** Ends it with an error of its mirror. */
  fail(error: LoopstickError): void {
    this.#request.abort(error);
  }

  /** Its lease has been finished by somebody else. */
  dropRequest(): void {
    this.#request.abort(NOT_NEEDED);
  }

  #take(lease: Lease | undefined): void {
    this.lease = lease;
    if (lease !== undefined) lease.workers++;
  }

  #leave(): void {
    if (this.lease === undefined) return;
    this.lease.workers--;
    this.#work.leave(this, this.lease);
    this.lease = undefined;
  }

  async #fill(): Promise<void> {
    const { origin } = this;
    this.#request = new AbortController();
    const signal = AbortSignal.any([this.#state.signal, this.#request.signal]);
    try {
      if (this.#endsIfParked()) return;
      await this.#work.prove(origin, signal);
      if (!(await this.#mayBegin())) return;
      const request = await this.#open(signal);
      if (request === undefined) return;
      try {
        this.isReading = true;
        await this.#copy(request, signal);
      } finally {
        this.isReading = false;
        await request.end();
      }
    } catch (error) {
      this.#state.signal.throwIfAborted();
      if (error !== NOT_NEEDED) throw error;
    }
  }

  /**
   * Whether the lease can be begun. An origin that could not be compared with anything adds nothing to another one's
   * piece: nobody could tell later whose bytes are the wrong ones.
   */
  async #mayBegin(): Promise<boolean> {
    const { origin, lease } = this;
    const { map, level } = this.#state;
    if (origin.proven || origin.streamOnly || level !== 'digest' || lease === undefined || lease.left === 0)
      return true;
    const piece = map.pieceAt(lease.at);
    if (map.fillOf(piece) === 0 || map.originOf(piece) === origin.index) return true;
    if (lease.workers > 1) {
      // What somebody is writing to the file now can be compared then.
      await sleep(BREATH_MS);
      return false;
    }
    // Nobody else is at it: too little to be compared, or of somebody who has another file.
    map.drop(piece);
    lease.at = map.startOf(piece);
    return true;
  }

  /** Its host has asked another connection for patience, which holds for this one as well. */
  #endsIfParked(): boolean {
    if (this.origin.host.parkedFor() > 0) this.#retired = true;
    return this.#retired;
  }

  /** Undefined when the lease has been finished meanwhile, or its host wants no requests now. */
  async #open(signal: AbortSignal): Promise<OpenRequest | undefined> {
    const { origin } = this;
    for (let asks = 0; this.lease !== undefined && this.lease.left > 0; asks++) {
      if (this.#endsIfParked()) return undefined;
      this.askedAt = this.#state.clock();
      this.lastBytesAt = this.askedAt;
      const { verdict, request } = await askForLease(this.#state, origin, this.lease, signal);
      if (verdict === 'use') {
        if (!isSecondStream(this.#state, origin)) return request;
        this.#retired = true;
        await request.end();
        return undefined;
      }
      if (asks >= MOST_ASKS) throw badRange(origin, 'its answers depend on conditions that it does not understand');
      if (verdict === 'changed') await this.#work.reconsider(origin, signal);
    }
    return undefined;
  }

  /** Reads the answer to where the lease ends: that may have moved since it was asked for. */
  async #copy(request: OpenRequest, signal: AbortSignal): Promise<void> {
    const { response } = request;
    const { map, limiter, job } = this.#state;
    const check = new Comparison(this.#state, this.origin);
    let at = response.start;
    for (;;) {
      const batch = await request.next();
      if (batch === undefined) break;
      const length = lengthOf(batch);
      this.lastBytesAt = this.#state.clock();
      this.firstBytes ??= { at: this.lastBytesAt, length };
      if (at + length > map.size) throw sizeMismatch(this.origin, at + length, map.size);
      if (response.end !== undefined && at + length > response.end) {
        throw badRange(this.origin, 'it is longer than announced');
      }
      if (at === 0 && batch[0] !== undefined && looksLikeWebPage(batch[0], job.destination)) throw webPage(this.origin);
      await this.#use(batch, at, check);
      at += length;
      if (limiter.limited) await limiter.take(length, signal);
      if (this.#isDone() && !this.#goesOn(at)) break;
      if (length < SMALL_BATCH) await sleep(BREATH_MS);
    }
    // With a reused connection in mind: what was announced has been read, so its end costs nothing.
    if (response.end !== undefined && at === response.end) await request.next().catch(() => undefined);
    else if (!this.#isDone()) {
      const wanted = response.end ?? map.size;
      throw failure(DOWNLOAD_ERRORS.shortBody, { mirror: this.origin.name, actual: at, wanted });
    }
  }

  #isDone(): boolean {
    return this.#retired || this.lease === undefined || this.lease.left === 0 || this.speed.total >= this.mostBytes;
  }

  /** Puts the chunks of `[at, …)` where they belong: some may be there already, some may be beyond the lease. */
  async #use(chunks: readonly Uint8Array[], start: number, check: Comparison): Promise<void> {
    let rest = chunks;
    let at = start;
    const take = (count: number): readonly Uint8Array[] => {
      const taken = upTo(rest, count);
      rest = behind(rest, count);
      at += count;
      return taken;
    };
    while (rest.length > 0) {
      if ((this.lease === undefined || at >= this.lease.end) && this.origin.streamOnly) this.#turnPage(at);
      const { lease } = this;
      if (lease === undefined || at >= lease.end) return;
      const length = lengthOf(rest);
      if (at < lease.at) {
        const from = at;
        check.add(take(Math.min(length, lease.at - at)), from);
      } else {
        await this.#accept(take(Math.min(length, lease.end - at)), lease);
      }
    }
  }

  /** Whether a stream is of use behind the lease that it has just filled: it would have to begin at the beginning again. */
  #goesOn(at: number): boolean {
    if (!this.origin.streamOnly || this.#retired || at >= this.#state.map.size) return false;
    this.#turnPage(at);
    return this.lease !== undefined;
  }

  /** A stream that goes on behind its lease serves the next one as well. */
  #turnPage(at: number): void {
    this.#leave();
    this.#take(this.#work.next(this, at));
  }

  async #accept(chunks: readonly Uint8Array[], lease: Lease): Promise<void> {
    const { map, part, onWritten } = this.#state;
    const start = lease.at;
    claim(map, lease, this.origin.index, chunks);
    const end = lease.at;
    this.speed.add(end - start);
    this.origin.speed.add(end - start);
    // The transport fills its next batch meanwhile, and may use the memory of this one again when it is asked for it.
    await part.write(chunks, start);
    map.wrote(start, end);
    onWritten(start, end);
  }
}
