import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';

import { DOCUMENT_ERRORS, failure, formatBytes, type LoopstickError } from '@loopstick/core';

import type { FetchLimits } from './limits.ts';

/** The head of an answer, and what compression may add to a document that cannot be compressed. */
const BESIDE_THE_BODY = 64 * 1024;

/** How often is looked. */
const LOOK_MS = 100;

export interface Progress {
  /** Bytes of the body, decompressed. */
  readonly transferred: number;
  /** As the server announces it. */
  readonly total?: number | undefined;
}

/**
 * Watches one answer on its way and stops it when it is too long or too slow. It counts what comes over the wire as well
 * as what it becomes: a few bytes may decompress to gigabytes, and gigabytes to nothing.
 */
export class Watch {
  readonly #url: string;
  readonly #most: number;
  readonly #limits: FetchLimits;
  readonly #stop: (error: LoopstickError) => void;
  readonly #timer: NodeJS.Timeout;
  #socket: Socket | undefined;
  #socketBegan = 0;
  #answered = false;
  #seen = 0;
  #looks = 0;

  constructor(url: string, most: number, limits: FetchLimits, stop: (error: LoopstickError) => void) {
    this.#url = url;
    this.#most = most;
    this.#limits = limits;
    this.#stop = stop;
    this.#timer = setInterval(() => {
      this.#look();
    }, LOOK_MS);
  }

  /** A request begins, the first one or another try. */
  begins(request: ClientRequest): void {
    this.#socket = undefined;
    this.#answered = false;
    request.once('socket', (socket) => {
      this.#socket = socket;
      this.#socketBegan = socket.bytesRead;
    });
    request.once('response', (response) => {
      this.#answered = true;
      this.#seen = this.#arrived;
      this.#looks = 0;
      // Between two tries nothing comes, as it should be.
      response.once('close', () => {
        this.#answered = false;
      });
    });
  }

  progress({ transferred, total }: Progress): void {
    if (transferred > this.#most || (total ?? 0) > this.#most) this.#tooLarge();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  get #arrived(): number {
    return this.#socket === undefined ? 0 : this.#socket.bytesRead - this.#socketBegan;
  }

  #look(): void {
    const arrived = this.#arrived;
    if (arrived > this.#most + BESIDE_THE_BODY) this.#tooLarge();
    this.#looks++;
    const { rateMs, bytesPerSecond } = this.#limits;
    if (!this.#answered || this.#looks * LOOK_MS < rateMs) return;
    if (arrived - this.#seen < (bytesPerSecond * rateMs) / 1000) {
      const problem = `fewer than ${formatBytes(bytesPerSecond)} a second`;
      this.#stop(failure(DOCUMENT_ERRORS.tooSlow, { url: this.#url, problem }));
    }
    this.#seen = arrived;
    this.#looks = 0;
  }

  #tooLarge(): void {
    this.#stop(failure(DOCUMENT_ERRORS.tooLarge, { url: this.#url, limit: formatBytes(this.#most) }));
  }
}
