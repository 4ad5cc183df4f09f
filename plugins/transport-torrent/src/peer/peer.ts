import { lengthOfPiece, MOST_PIECES, pieceCount, type MetaInfo } from '../format/meta-info.ts';
import { Bits } from './bits.ts';
import type { Giving } from './giving.ts';
import { MetadataFetch, MetadataGift } from './metadata.ts';
import { PieceTask } from './piece-task.ts';
import { BLOCK_BYTES, type Block, type MetadataMessage, type Wire, type WireListener } from './wire.ts';

/** So much is asked for in advance that a peer is busy until the next request reaches it. */
const AHEAD_SECONDS = 0.4;
const LEAST_AHEAD = 16;
const MOST_AHEAD = 128;
/** What nobody asked for, beyond what was cancelled on its way, is an attack. */
const MOST_UNASKED = 1024 * 1024;
/** How much of the last measurement counts. */
const SMOOTHING = 0.5;

/** What a swarm does for its peers. */
export interface PeerHost {
  readonly infoHash: string;
  readonly peerId: string;
  readonly meta: MetaInfo | undefined;
  clock(): number;
  /** Whether somebody of this name is there already. */
  isConnected(peerId: string): boolean;
  /** A piece for this peer to send; undefined when it has none that is wanted. */
  taskFor(peer: Peer): number | undefined;
  onMetadata(info: Buffer): void;
  /** All of a piece is here, right or not. */
  onPiece(peer: Peer, task: PieceTask): void;
  /** It is known what it has, or it has more, or it gives more. */
  onReady(peer: Peer): void;
  /** What may be given to it. */
  givingFor(peer: Peer): Giving | undefined;
  onClose(peer: Peer, problem: Error): void;
}

/** One peer: what it has, what it is asked for, and what it is given. */
export class Peer implements WireListener {
  readonly wire: Wire;
  /** By which it is known and, when it lies, not asked again. */
  readonly key: string;
  readonly tasks: PieceTask[] = [];
  /** Bytes a second, smoothed; undefined before it has sent anything. */
  speed: number | undefined;
  lastBlockAt: number;
  received = 0;
  isChoking = true;
  isInterested = false;
  isShaken = false;
  /** What it calls itself, 40 hex digits. */
  id: string | undefined;
  readonly #host: PeerHost;
  readonly #isIncoming: boolean;
  #has: Bits | undefined;
  /** What it has, as it said before it was known what there is. */
  #early: { bits: Buffer | undefined; readonly pieces: Set<number> } | undefined = {
    bits: undefined,
    pieces: new Set(),
  };
  #fetch: MetadataFetch | undefined;
  #gift: MetadataGift | undefined;
  #giving: Giving | undefined;
  /** It has said what it knows beyond the basic protocol. */
  #hasTold = false;
  #unasked = 0;
  #measured: { bytes: number; at: number };

  /** @param connect makes the wire, with this as its listener */
  constructor(host: PeerHost, key: string, isIncoming: boolean, connect: (listener: WireListener) => Wire) {
    this.#host = host;
    this.key = key;
    this.#isIncoming = isIncoming;
    this.lastBlockAt = host.clock();
    this.#measured = { bytes: 0, at: this.lastBlockAt };
    this.wire = connect(this);
  }

  /** Whether it is asked for something at present. */
  get isBusy(): boolean {
    return this.tasks.length > 0;
  }

  has(piece: number): boolean {
    return this.#has?.has(piece) ?? false;
  }

  /** Says hello, when it is our turn. */
  greet(): void {
    this.wire.handshake(this.#host.infoHash, this.#host.peerId);
  }

  /** The swarm knows now what there is. @throws Error when this peer has said something else */
  learn(meta: MetaInfo): void {
    const has = new Bits(pieceCount(meta));
    const early = this.#early;
    this.#early = undefined;
    if (early?.bits !== undefined) has.read(early.bits);
    for (const piece of early?.pieces ?? []) has.add(piece);
    this.#has = has;
    this.#fetch = undefined;
  }

  /** Asks for as much as it takes to keep it busy. */
  fill(): void {
    while (this.fillOne());
  }

  /** Asks for one piece more, or for the rest of one; false when it has enough to do, or there is nothing. */
  fillOne(): boolean {
    const { meta } = this.#host;
    if (meta === undefined || this.isChoking || this.wire.isClosed || this.#isFull()) return false;
    const task = this.tasks.find((each) => !each.isAskedFor) ?? this.#begin(meta);
    if (task === undefined) return false;
    if (this.#pending() === 0) this.lastBlockAt = this.#host.clock();
    while (!task.isAskedFor && !this.#isFull()) this.wire.request(task.next());
    return true;
  }

  /** It need not send this piece any more. */
  drop(piece: number): void {
    const at = this.tasks.findIndex((task) => task.piece === piece);
    const [task] = at < 0 ? [] : this.tasks.splice(at, 1);
    for (const block of task?.pending ?? []) {
      this.wire.cancel(block);
      this.#unasked -= block.length;
    }
  }

  /** Seconds that it takes for so many bytes. */
  secondsFor(bytes: number): number {
    return bytes / Math.max(1, this.speed ?? 1);
  }

  /** Seconds until it is done with a piece that it was asked for. */
  secondsUntil(piece: number): number {
    const at = this.tasks.findIndex((task) => task.piece === piece);
    return this.secondsFor(this.tasks.slice(0, at + 1).reduce((sum, { left }) => sum + left, 0));
  }

  /** To be called several times a second. */
  sample(): void {
    const now = this.#host.clock();
    const { bytes, at } = this.#measured;
    if (now - at < 400) return;
    const speed = ((this.received - bytes) / (now - at)) * 1000;
    this.#measured = { bytes: this.received, at: now };
    if (this.isBusy || speed > 0) {
      this.speed = this.speed === undefined ? speed : this.speed * (1 - SMOOTHING) + speed * SMOOTHING;
    }
  }

  #begin(meta: MetaInfo): PieceTask | undefined {
    const piece = this.#host.taskFor(this);
    if (piece === undefined) return undefined;
    const task = new PieceTask(piece, lengthOfPiece(meta, piece), this.#host.clock());
    this.tasks.push(task);
    return task;
  }

  #isFull(): boolean {
    return this.#pending() >= this.#ahead();
  }

  #pending(): number {
    return this.tasks.reduce((sum, { pending }) => sum + pending.length, 0);
  }

  #ahead(): number {
    if (this.speed === undefined) return LEAST_AHEAD;
    const blocks = Math.ceil((this.speed * AHEAD_SECONDS) / BLOCK_BYTES);
    return Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD, blocks));
  }

  // ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────────

  onHandshake(infoHash: string, peerId: string): void {
    if (infoHash !== this.#host.infoHash) throw new Error('it has another torrent');
    if (peerId === this.#host.peerId) throw new Error('it is ourselves');
    if (this.#host.isConnected(peerId)) throw new Error('it is connected already');
    this.id = peerId;
    this.isShaken = true;
    if (this.#isIncoming) this.greet();
    // What it says of pieces has to come first (BEP 3).
    this.#giving = this.#host.givingFor(this);
    const { meta } = this.#host;
    this.wire.introduce(meta?.info.length);
    if (meta !== undefined) this.learn(meta);
    this.#host.onReady(this);
  }

  onExtensions(size: number | undefined): void {
    const { meta, infoHash } = this.#host;
    this.#hasTold = true;
    if (meta !== undefined) this.#gift = new MetadataGift(this.wire, meta.info);
    else if (size !== undefined && this.#fetch === undefined) {
      this.#fetch = new MetadataFetch(this.wire, infoHash, size, (info) => {
        this.#host.onMetadata(info);
      });
    }
  }

  /** Whether it can be hoped to say what there is. */
  get mayKnow(): boolean {
    if (!this.isShaken) return true;
    return this.#hasTold ? this.#fetch !== undefined : this.wire.isExtended;
  }

  onMetadata(message: MetadataMessage): void {
    if (message.type !== 'request') this.#fetch?.take(message);
    else if (this.#gift !== undefined) this.#gift.answer(message);
    else this.wire.metadata({ type: 'reject', piece: message.piece, data: Buffer.alloc(0) });
  }

  onChoke(isChoking: boolean): void {
    this.isChoking = isChoking;
    // Who chokes forgets what it was asked for (BEP 3); what is on its way all the same is no attack.
    if (isChoking) for (const { piece } of [...this.tasks]) this.drop(piece);
    this.#host.onReady(this);
  }

  onInterest(isInterested: boolean): void {
    this.isInterested = isInterested;
    if (this.#giving !== undefined && isInterested) this.wire.choke(false);
  }

  onHave(piece: number): void {
    if (this.#has !== undefined) this.#has.add(piece);
    else if (piece < MOST_PIECES) this.#early?.pieces.add(piece);
    this.#host.onReady(this);
  }

  onBitfield(bits: Buffer): void {
    if (this.#has !== undefined) this.#has.read(bits);
    else if (this.#early !== undefined) this.#early.bits = Buffer.from(bits);
    this.#host.onReady(this);
  }

  onRequest(block: Block): void {
    // Who was not told that it may ask gets no answer.
    if (this.isInterested) this.#giving?.ask(block);
  }

  onCancel(block: Block): void {
    this.#giving?.cancel(block);
  }

  onBlock(piece: number, offset: number, data: Buffer): void {
    const task = this.tasks.find((each) => each.piece === piece);
    if (task?.take(offset, data) !== true) {
      this.#unasked += data.length;
      if (this.#unasked > MOST_UNASKED) throw new Error('it sends what nobody has asked for');
      return;
    }
    this.lastBlockAt = this.#host.clock();
    this.received += data.length;
    if (task.left === 0) {
      this.tasks.splice(this.tasks.indexOf(task), 1);
      this.#host.onPiece(this, task);
    }
    this.fill();
  }

  onClose(problem: Error): void {
    this.#giving?.end();
    this.tasks.length = 0;
    this.#host.onClose(this, problem);
  }
}
