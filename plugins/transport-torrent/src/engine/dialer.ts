import { connect, type Socket } from 'node:net';

import { formatPeer, type PeerAddress } from '../format/address.ts';

/** Who does not answer in this time is not there. */
const DIAL_MS = 5_000;
const MOST_DIALING = 8;
/** Of more than these, nobody is going to be asked. */
const MOST_KNOWN = 1_000;
/** Whoever could not be reached, or has hung up, is asked again after so long, and so often. */
const AGAIN_MS = 15_000;
const MOST_TRIES = 3;

interface Candidate {
  readonly address: PeerAddress;
  tries: number;
  notBefore: number;
  state: 'waiting' | 'dialing' | 'connected' | 'banned';
}

/** Knows addresses of peers, and connects to them a few at a time. */
export class Dialer {
  readonly #candidates = new Map<string, Candidate>();
  readonly #clock: () => number;
  readonly #onSocket: (socket: Socket, key: string) => void;
  #dialing = 0;

  /** @param onSocket gets each connection as soon as it is made */
  constructor(clock: () => number, onSocket: (socket: Socket, key: string) => void) {
    this.#clock = clock;
    this.#onSocket = onSocket;
  }

  /** Whether somebody is being called, or can be called at once. */
  get hasHope(): boolean {
    if (this.#dialing > 0) return true;
    return [...this.#candidates.values()].some(({ state, tries }) => state === 'waiting' && tries === 0);
  }

  add(addresses: readonly PeerAddress[]): void {
    for (const address of addresses) {
      const key = formatPeer(address);
      if (this.#candidates.size >= MOST_KNOWN || this.#candidates.has(key)) continue;
      this.#candidates.set(key, { address, tries: 0, notBefore: 0, state: 'waiting' });
    }
  }

  /** It lies: it is not called again. */
  ban(key: string): void {
    const candidate = this.#candidates.get(key);
    if (candidate !== undefined) candidate.state = 'banned';
  }

  /** A connection has ended. @param wasGood it has sent something, so it may have had its reasons */
  ended(key: string, wasGood: boolean): void {
    const candidate = this.#candidates.get(key);
    if (candidate?.state !== 'connected') return;
    if (wasGood) candidate.tries = 1;
    this.#later(candidate);
  }

  /** Calls as many as may be called now. @param room for so many more peers */
  dial(room: number): void {
    const now = this.#clock();
    for (const [key, candidate] of this.#candidates) {
      if (this.#dialing >= Math.min(room, MOST_DIALING)) return;
      if (candidate.state !== 'waiting' || candidate.notBefore > now || candidate.tries >= MOST_TRIES) continue;
      this.#call(key, candidate);
    }
  }

  #call(key: string, candidate: Candidate): void {
    candidate.state = 'dialing';
    candidate.tries++;
    this.#dialing++;
    const socket = connect({ host: candidate.address.host, port: candidate.address.port });
    const timer = setTimeout(() => socket.destroy(new Error('it does not answer')), DIAL_MS);
    const settle = (isConnected: boolean): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      this.#dialing--;
      if (isConnected && candidate.state === 'dialing') {
        candidate.state = 'connected';
        this.#onSocket(socket, key);
        return;
      }
      socket.on('error', () => undefined);
      socket.destroy();
      if (candidate.state === 'dialing') this.#later(candidate);
    };
    socket.once('connect', () => {
      settle(true);
    });
    socket.once('error', () => {
      settle(false);
    });
    socket.once('close', () => {
      settle(false);
    });
  }

  #later(candidate: Candidate): void {
    candidate.state = 'waiting';
    candidate.notBefore = this.#clock() + AGAIN_MS;
  }
}
