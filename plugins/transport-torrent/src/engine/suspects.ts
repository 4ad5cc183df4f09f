/** Decides who sent what is wrong, when a piece came from several peers. Peers are known by their addresses. */
export class Suspects {
  /** By piece, who has sent something of it. */
  readonly #senders = new Map<number, Set<string>>();
  /** By piece that was wrong, who alone is asked for it now. */
  readonly #parole = new Map<number, string>();
  /** Right pieces that one has had a part in. */
  readonly #merits = new Map<string, number>();

  sent(piece: number, peer: string): void {
    const senders = this.#senders.get(piece);
    if (senders === undefined) this.#senders.set(piece, new Set([peer]));
    else senders.add(peer);
  }

  /** Who alone may be asked for a piece; undefined when anybody may. */
  onlyOneFor(piece: number): string | undefined {
    return this.#parole.get(piece);
  }

  right(piece: number): void {
    for (const peer of this.#senders.get(piece) ?? []) this.#merits.set(peer, (this.#merits.get(peer) ?? 0) + 1);
    this.forget(piece);
  }

  /** @returns who is to be left: somebody who has sent all of it. Of several, the least trusted has to send all of it. */
  wrong(piece: number): string | undefined {
    const [first, ...others] = [...(this.#senders.get(piece) ?? [])].sort(
      (a, b) => (this.#merits.get(a) ?? 0) - (this.#merits.get(b) ?? 0),
    );
    this.forget(piece);
    if (first === undefined || others.length === 0) return first;
    this.#parole.set(piece, first);
    return undefined;
  }

  /** Nobody asks for it any more, or it is asked for anew. */
  forget(piece: number): void {
    this.#senders.delete(piece);
    this.#parole.delete(piece);
  }
}
