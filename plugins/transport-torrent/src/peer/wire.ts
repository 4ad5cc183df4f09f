import type { Socket } from 'node:net';

import { decode, decodePrefix, encode, type BencodedMap, type Encodable } from '../format/bencode.ts';

/** Everybody asks for blocks of this size, and refuses larger ones (BEP 3). */
export const BLOCK_BYTES: number = 16 * 1024;
/** The longest message that makes sense is the bitfield of the most pieces that there may be. */
const MOST_MESSAGE = 128 * 1024;
const PROTOCOL = Buffer.from('\u0013BitTorrent protocol', 'latin1');
const HANDSHAKE_BYTES = PROTOCOL.length + 8 + 20 + 20;
/** The bit of the sixth reserved byte by which BEP 10 is known. */
const EXTENSIONS = 0x10;
/** Number of our one extension (BEP 9), as we announce it (BEP 10). */
const UT_METADATA = 1;
const MESSAGES = {
  ...{ choke: 0, unchoke: 1, interested: 2, notInterested: 3, have: 4, bitfield: 5 },
  ...{ request: 6, piece: 7, cancel: 8, extended: 20 },
} as const;
/** Who says nothing for so long is gone; we say something in time. */
const SILENCE_MS = 130_000;
const KEEP_ALIVE_MS = 55_000;
const HANDSHAKE_MS = 8_000;

export interface Block {
  readonly piece: number;
  /** Within the piece. */
  readonly offset: number;
  readonly length: number;
}

/** What a peer says of parts of the `info` dictionary (BEP 9). */
export interface MetadataMessage {
  readonly type: 'request' | 'data' | 'reject';
  readonly piece: number;
  readonly data: Buffer;
}

/** What a peer tells. Whatever throws ends the connection. */
export interface WireListener {
  /** @param infoHash 40 hex digits; @param peerId 40 hex digits */
  onHandshake(infoHash: string, peerId: string): void;
  /** The peer's extended handshake. @param size of its `info`, when it has it and gives it */
  onExtensions?(size: number | undefined): void;
  onMetadata?(message: MetadataMessage): void;
  onChoke?(isChoking: boolean): void;
  onInterest?(isInterested: boolean): void;
  onHave?(piece: number): void;
  onBitfield?(bits: Buffer): void;
  onRequest?(block: Block): void;
  onCancel?(block: Block): void;
  onBlock?(piece: number, offset: number, data: Buffer): void;
  /** Once, when the connection is over, however that came. */
  onClose(problem: Error): void;
}

/**
 * One connection to a peer: the messages of BEP 3, and of BEP 10 and BEP 9 what it takes to fetch and give metadata.
 * Lengths are capped before anything is held, and no message of a peer can throw beyond it.
 */
export class Wire {
  readonly #socket: Socket;
  readonly #listener: WireListener;
  #chunks: Buffer[] = [];
  #held = 0;
  #isShaken = false;
  #isClosed = false;
  /** The peer understands BEP 10. */
  #isExtended = false;
  #isInterested = false;
  /** The peer's number for ut_metadata. */
  #metadataId = 0;
  readonly #keepAlive: NodeJS.Timeout;
  readonly #handshakeTimer: NodeJS.Timeout;

  /** @param socket connected, or about to be */
  constructor(socket: Socket, listener: WireListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.setNoDelay(true);
    socket.setTimeout(SILENCE_MS, () => {
      this.close(new Error('it has fallen silent'));
    });
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on('error', (error) => {
      this.close(error);
    });
    socket.on('close', () => {
      this.close(new Error('it has hung up'));
    });
    this.#keepAlive = setInterval(() => {
      this.#write(Buffer.alloc(4));
    }, KEEP_ALIVE_MS);
    this.#keepAlive.unref();
    this.#handshakeTimer = setTimeout(() => {
      this.close(new Error('it does not say who it is'));
    }, HANDSHAKE_MS);
    this.#handshakeTimer.unref();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(problem: Error = new Error('it is not needed any more')): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#handshakeTimer);
    this.#chunks = [];
    this.#socket.destroy();
    this.#listener.onClose(problem);
  }

  /** Whether the connection keeps the process alive. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Resolves when what was sent is on its way. */
  drained(): Promise<void> {
    if (this.#isClosed || !this.#socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done);
        this.#socket.off('close', done);
        resolve();
      };
      this.#socket.on('drain', done);
      this.#socket.on('close', done);
    });
  }

  /** @param infoHash and peerId 40 hex digits each */
  handshake(infoHash: string, peerId: string): void {
    const reserved = Buffer.alloc(8);
    reserved[5] = EXTENSIONS;
    this.#write(Buffer.concat([PROTOCOL, reserved, Buffer.from(infoHash, 'hex'), Buffer.from(peerId, 'hex')]));
  }

  /**
   * Says what we can beyond the basic protocol, to whom it means something. Not before the peer has said hello: aria2
   * takes more than a handshake at once for an error.
   * @param size of the `info` that we give
   */
  introduce(size: number | undefined): void {
    if (!this.#isExtended) return;
    const told = { m: { ut_metadata: UT_METADATA }, reqq: 250, v: 'Loopstick' };
    this.#extended(0, encode(size === undefined ? told : { ...told, metadata_size: size }));
  }

  choke(isChoking: boolean): void {
    this.#send(isChoking ? MESSAGES.choke : MESSAGES.unchoke);
  }

  interest(isInterested: boolean): void {
    if (this.#isInterested === isInterested) return;
    this.#isInterested = isInterested;
    this.#send(isInterested ? MESSAGES.interested : MESSAGES.notInterested);
  }

  have(piece: number): void {
    this.#send(MESSAGES.have, [piece]);
  }

  bitfield(bits: Uint8Array): void {
    this.#send(MESSAGES.bitfield, [], bits);
  }

  request({ piece, offset, length }: Block): void {
    this.#send(MESSAGES.request, [piece, offset, length]);
  }

  cancel({ piece, offset, length }: Block): void {
    this.#send(MESSAGES.cancel, [piece, offset, length]);
  }

  block(piece: number, offset: number, data: Uint8Array): void {
    this.#send(MESSAGES.piece, [piece, offset], data);
  }

  /** Whether the peer understands BEP 10. */
  get isExtended(): boolean {
    return this.#isExtended;
  }

  /** Whether the peer speaks BEP 9. */
  get givesMetadata(): boolean {
    return this.#metadataId > 0;
  }

  metadata({ type, piece, data }: MetadataMessage, total?: number): void {
    if (this.#metadataId === 0) return;
    const head: Encodable = { msg_type: METADATA_TYPES.indexOf(type), piece };
    const message = encode(total === undefined ? head : { ...head, total_size: total });
    this.#extended(this.#metadataId, Buffer.concat([message, data]));
  }

  #extended(id: number, payload: Uint8Array): void {
    this.#send(MESSAGES.extended, [], Buffer.concat([Buffer.from([id]), payload]));
  }

  #send(id: number, numbers: readonly number[] = [], data?: Uint8Array): void {
    const head = Buffer.alloc(5 + 4 * numbers.length);
    head.writeUInt32BE(1 + 4 * numbers.length + (data?.length ?? 0), 0);
    head[4] = id;
    for (const [index, number] of numbers.entries()) head.writeUInt32BE(number, 5 + 4 * index);
    this.#write(data === undefined ? head : Buffer.concat([head, data]));
  }

  #write(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#socket.write(bytes);
  }

  // ── what comes in ─────────────────────────────────────────────────────────────────────────────────────────────────

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    try {
      while (!this.#isClosed && this.#next());
    } catch (error) {
      this.close(error instanceof Error ? error : new Error('it speaks nonsense'));
    }
  }

  /** Handles one message; false when it is not all there yet. */
  #next(): boolean {
    if (!this.#isShaken) {
      // Nobody should have to send all of it before it is known that it is something else.
      const begun = this.#peek(Math.min(this.#held, PROTOCOL.length));
      if (!begun.equals(PROTOCOL.subarray(0, begun.length))) throw new Error('it does not speak BitTorrent');
      if (this.#held < HANDSHAKE_BYTES) return false;
      this.#onHandshake(this.#cut(HANDSHAKE_BYTES));
      return true;
    }
    if (this.#held < 4) return false;
    const length = this.#peek(4).readUInt32BE(0);
    if (length > MOST_MESSAGE) throw new Error('its message is too long');
    if (this.#held < 4 + length) return false;
    const message = this.#cut(4 + length).subarray(4);
    if (length > 0) this.#onMessage(message[0] ?? 0, message.subarray(1));
    return true;
  }

  #onHandshake(bytes: Buffer): void {
    this.#isShaken = true;
    clearTimeout(this.#handshakeTimer);
    this.#isExtended = ((bytes[PROTOCOL.length + 5] ?? 0) & EXTENSIONS) !== 0;
    const id = bytes.subarray(PROTOCOL.length + 8);
    this.#listener.onHandshake(id.toString('hex', 0, 20), id.toString('hex', 20, 40));
  }

  #onMessage(id: number, body: Buffer): void {
    const { choke, unchoke, interested, notInterested, have, bitfield, request, piece, cancel, extended } = MESSAGES;
    const listener = this.#listener;
    if (id === choke || id === unchoke) listener.onChoke?.(id === choke);
    else if (id === interested || id === notInterested) listener.onInterest?.(id === interested);
    else if (id === have) listener.onHave?.(numberAt(body, 0));
    else if (id === bitfield) listener.onBitfield?.(body);
    else if (id === request) listener.onRequest?.(blockIn(body));
    else if (id === cancel) listener.onCancel?.(blockIn(body));
    else if (id === piece) listener.onBlock?.(numberAt(body, 0), numberAt(body, 1), body.subarray(8));
    else if (id === extended) this.#onExtended(body[0] ?? 0, body.subarray(1));
    // What others have invented since is no mistake.
  }

  #onExtended(id: number, body: Buffer): void {
    if (id === 0) {
      const told = mapOf(decode(body));
      const number = mapOf(told?.get('m'))?.get('ut_metadata');
      this.#metadataId = typeof number === 'number' && number > 0 && number < 256 ? number : 0;
      const size = told?.get('metadata_size');
      this.#listener.onExtensions?.(typeof size === 'number' && size > 0 && this.givesMetadata ? size : undefined);
    } else if (id === UT_METADATA) {
      const { value, end } = decodePrefix(body);
      const said = mapOf(value);
      const [type, piece] = [said?.get('msg_type'), said?.get('piece')];
      const known = typeof type === 'number' ? METADATA_TYPES[type] : undefined;
      if (known === undefined || typeof piece !== 'number' || piece < 0) return;
      this.#listener.onMetadata?.({ type: known, piece, data: body.subarray(end) });
    }
  }

  #peek(length: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= length) return first.subarray(0, length);
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all.subarray(0, length);
  }

  #cut(length: number): Buffer {
    const taken = this.#peek(length);
    const [first = Buffer.alloc(0)] = this.#chunks;
    if (first.length === length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(length);
    this.#held -= length;
    return taken;
  }
}

const METADATA_TYPES = ['request', 'data', 'reject'] as const;

function mapOf(value: unknown): BencodedMap | undefined {
  return value instanceof Map ? (value as BencodedMap) : undefined;
}

/** @throws RangeError when the message is too short */
function numberAt(body: Buffer, index: number): number {
  return body.readUInt32BE(4 * index);
}

function blockIn(body: Buffer): Block {
  return { piece: numberAt(body, 0), offset: numberAt(body, 1), length: numberAt(body, 2) };
}
