import Wire from 'bittorrent-protocol';

/** The longest message that makes sense is the bitfield of the most pieces that there may be. */
const MOST_MESSAGE = 128 * 1024;
const HANDSHAKE_BYTES = 68;
const LENGTH_BYTES = 4;
/** What nobody asked for, beyond what was cancelled on its way, is an attack. */
const MOST_UNASKED = 1024 * 1024;

/**
 * The engine's connection to a peer, in whose place the bundle puts it. What is too long is refused before it is held,
 * and whatever a message makes the engine throw costs this connection only.
 */
export class GuardedWire extends Wire {
  #toSkip = HANDSHAKE_BYTES;
  #length = 0;
  #lengthBytes = 0;
  #unasked = 0;

  override _write(data: Uint8Array, done: (error: Error | null) => void): void {
    try {
      this.#measure(data);
      super._write(data, done);
    } catch {
      this.destroy();
      done(null);
    }
  }

  override _onPiece(piece: number, offset: number, bytes: Uint8Array): void {
    const isAsked = this.requests.some(
      (each) => each.piece === piece && each.offset === offset && each.length === bytes.length,
    );
    if (!isAsked) {
      this.#unasked += bytes.length;
      if (this.#unasked > MOST_UNASKED) throw new Error('it sends what nobody has asked for');
      return;
    }
    super._onPiece(piece, offset, bytes);
  }

  /** One answer is enough for who asks twice; the engine would lose both. */
  override _onRequest(piece: number, offset: number, length: number): void {
    const isKnown = this.peerRequests.some(
      (each) => each.piece === piece && each.offset === offset && each.length === length,
    );
    if (!isKnown) super._onRequest(piece, offset, length);
  }

  /** What is being read is given all the same: whoever asks for it again at once would lose it for good. */
  override _onCancel(): void {
    return;
  }

  /** @throws Error when a message is too long */
  #measure(data: Uint8Array): void {
    for (let at = 0; at < data.length;) {
      if (this.#toSkip > 0) {
        const skipped = Math.min(this.#toSkip, data.length - at);
        this.#toSkip -= skipped;
        at += skipped;
        continue;
      }
      this.#length = this.#length * 256 + (data[at++] ?? 0);
      if (++this.#lengthBytes < LENGTH_BYTES) continue;
      if (this.#length > MOST_MESSAGE) throw new Error('its message is too long');
      this.#toSkip = this.#length;
      this.#length = 0;
      this.#lengthBytes = 0;
    }
  }
}
