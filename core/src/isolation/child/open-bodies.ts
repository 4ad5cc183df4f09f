import type { RangeRequest, Transport } from './contracts.ts';
import type { Call } from './link.ts';

interface OpenBody {
  readonly iterator: AsyncIterator<readonly Uint8Array[]>;
  readonly controller: AbortController;
}

/** The bodies that transports have opened. The engine asks for each batch, so that none is fetched before it is wanted. */
export class OpenBodies {
  readonly #bodies = new Map<number, OpenBody>();

  async open(
    id: number,
    transport: Transport,
    request: Omit<RangeRequest, 'signal'>,
    signal: AbortSignal,
  ): Promise<unknown> {
    const controller = new AbortController();
    const stop = (): void => {
      controller.abort(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    // Its own signal, since the body outlives the call. A batch is the engine's for good: it goes to another process.
    const { body, ...answer } = await transport.open({ ...request, reuse: false, signal: controller.signal });
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
    this.#bodies.set(id, { iterator: body[Symbol.asyncIterator](), controller });
    return answer;
  }

  async call({ method, value, signal }: Call): Promise<unknown> {
    const body = this.#bodies.get(Number(value));
    if (method === 'close') {
      this.#bodies.delete(Number(value));
      body?.controller.abort();
      await body?.iterator.return?.();
      return undefined;
    }
    if (body === undefined) throw new Error('this body is not open');
    const stop = (): void => {
      body.controller.abort(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      const step = await body.iterator.next();
      if (step.done !== true) return step.value;
      this.#bodies.delete(Number(value));
      return undefined;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}
