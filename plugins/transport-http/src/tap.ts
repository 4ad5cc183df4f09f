import type { Socket } from 'node:net';

/**
 * Stands between a socket and undici's parser, for two reasons.
 *
 * undici pauses its parser, and when a server resets a connection that is to be closed anyway while the parser is
 * paused, an assertion of undici (7.30.2) ends the process. So what is paused here is the socket, behind its back.
 *
 * And Node allocates memory for every read of a socket, 64 KiB of it, which V8 lets pile up to 64 MiB before it looks
 * for what is garbage. So these sockets read into one buffer, which is free again when the parser has seen the bytes.
 */
export class Tap {
  /** Requests that were sent over this socket. */
  requests = 0;
  /** The bytes are of a body, of which undici keeps nothing; of a head that came in several reads it does. */
  inBody = false;
  readonly #socket: Socket;
  readonly #readOn: () => void;
  #isHeld = false;
  /** Read, and not yet seen by the parser. */
  #unseen: Buffer[] = [];

  constructor(socket: Socket, readOn: () => void) {
    this.#socket = socket;
    this.#readOn = readOn;
  }

  /** For a socket with an `onread` of its own, which calls `arrive`. */
  static ofReader(socket: Socket): Tap {
    const tap = new Tap(socket, () => socket.resume());
    const read = socket.read.bind(socket) as (size?: number) => unknown;
    // Node's own calls, with 0, make it look for the end.
    socket.read = (size?: number) => (size === 0 ? read(0) : (tap.#unseen.shift() ?? null));
    return tap;
  }

  /** For a socket that buffers what it reads: undici makes those to proxies. */
  static ofBuffered(socket: Socket): Tap {
    const tap = new Tap(socket, () => socket.emit('readable'));
    const read = socket.read.bind(socket) as (size?: number) => unknown;
    socket.read = (size?: number) => (size !== 0 && tap.#isHeld ? null : read(size));
    return tap;
  }

  /** Shows what was read to the parser, which is done with it when this returns. False: read nothing more. */
  arrive(bytes: Buffer): boolean {
    this.#unseen.push(this.inBody ? bytes : Buffer.from(bytes));
    this.#socket.emit('readable');
    // Nobody listens before undici has got the socket, nor after it let go of it.
    this.#unseen = this.#unseen.map((chunk) => (chunk === bytes ? Buffer.from(chunk) : chunk));
    return !this.#isHeld;
  }

  /** Reads nothing more until `release`. To be called while the parser sees bytes. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (!this.#socket.destroyed) this.#readOn();
  }
}
