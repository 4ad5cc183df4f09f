import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

import { ENGINE_ERRORS } from '../../engine/engine-errors.ts';
import { isLoopstickError, LoopstickError, messageOf, printable } from '../../engine/errors.ts';
import { ISOLATION_ERRORS } from '../isolation-errors.ts';
import type { IsolationLimits } from '../limits.ts';
import { FrameReader, frameOf, FROM_ENGINE, FROM_PLUGIN } from '../wire/frame.ts';
import type { FromPlugin, Method, SentError, ToPlugin } from '../wire/messages.ts';
import { blame } from './blame.ts';
import { fromPluginSchema } from './incoming.ts';
import { watchMemory } from './memory-watch.ts';
import { Printed } from './printed.ts';

/** Calls back: how many at a time, how much memory they take meanwhile, and how many in all, during one call. */
const ASKS_AT_ONCE = 64;
const ASKS_WEIGHT = 384 * 1024 * 1024;
/** Bytes of answers that it has not read yet, when the next one is there. */
const UNREAD = 64 * 1024 * 1024;
const ASKS = 20_000;

/** Calls that were given up and have not ended; and what may still come of them, beyond an answer to each. */
const ABANDONED = 64;
const LATE = 20_000;

export interface PluginCallOptions {
  readonly part: string;
  readonly method: Method;
  /** For messages: the hook and the part. */
  readonly place: string;
  readonly value?: unknown;
  /** What the plugin may call back meanwhile, by name. They check what they are given. */
  readonly answers?: Readonly<Record<string, (value: unknown) => unknown>>;
  readonly signal: AbortSignal;
  /** Nobody waits for it: it does not keep this process from ending. */
  readonly isAside?: boolean;
}

interface OpenCall {
  readonly options: PluginCallOptions;
  /** Errors that the plugin was given in answer to what it asked. */
  readonly relayed: Map<number, unknown>;
  asking: number;
  weight: number;
  asked: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export interface ProcessListener {
  onPrinted(line: string): void;
  /**
   * @param fate missing when it was ended since nobody needed it
   * @param wasBusy somebody was waiting, and is told
   */
  onEnd(fate: LoopstickError | undefined, wasBusy: boolean): void;
}

/** A running plugin. Nothing that it sends is believed, and whatever it does wrong ends it. */
export class PluginProcess {
  readonly #id: string;
  readonly #child: ChildProcess;
  readonly #line: Socket;
  readonly #limits: IsolationLimits;
  readonly #listener: ProcessListener;
  readonly #reader = new FrameReader(FROM_PLUGIN);
  readonly #printed: Printed;
  readonly #open = new Map<number, OpenCall>();
  readonly #abandoned = new Set<number>();
  readonly #pings = new Map<number, NodeJS.Timeout>();
  readonly #unwatch: () => void;
  #calls = 0;
  #late = 0;
  #waiting = 0;
  #fate: LoopstickError | undefined;
  #isWanted = true;
  #isOver = false;

  constructor(id: string, child: ChildProcess, limits: IsolationLimits, listener: ProcessListener) {
    this.#id = id;
    this.#child = child;
    this.#limits = limits;
    this.#listener = listener;
    this.#line = child.stdio[3] as Socket;
    this.#line.on('error', () => undefined);
    this.#line.on('data', (piece: Buffer) => {
      this.#read(piece);
    });
    const flooded = (): void => {
      this.#condemn(ISOLATION_ERRORS.flooded, { what: `printed more than ${limits.output} bytes` });
    };
    this.#printed = new Printed(
      limits.output,
      (line) => {
        listener.onPrinted(line);
      },
      flooded,
    );
    for (const stream of [child.stdout, child.stderr]) if (stream !== null) this.#printed.follow(stream);
    const pid = child.pid;
    this.#unwatch =
      pid === undefined
        ? () => undefined
        : watchMemory(pid, limits.memoryMb, () => {
            this.#condemn(ISOLATION_ERRORS.memory, { limit: limits.memoryMb });
          });
    child.on('error', (error) => {
      this.#over(this.#exited(messageOf(error)));
    });
    child.on('close', (code, signal) => {
      if (this.#printed.saysNoMemory) this.#fate ??= this.#error(ISOLATION_ERRORS.memory, { limit: limits.heapMb });
      this.#over(this.#fate ?? this.#exited(signal ?? `exit code ${String(code)}`));
    });
  }

  get isOver(): boolean {
    return this.#isOver || this.#fate !== undefined;
  }

  /** Somebody waits for an answer. */
  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  /**
   * Calls a method of a part.
   * @throws what the plugin throws, as `blame` makes it; LoopstickError PLUGIN_MEMORY, PLUGIN_EXITED, PLUGIN_HUNG,
   *   PLUGIN_FLOOD, PLUGIN_ANSWER_INVALID; the signal's reason
   */
  async call(options: PluginCallOptions): Promise<unknown> {
    const { part, method, value, signal, isAside = false } = options;
    signal.throwIfAborted();
    if (this.isOver) throw this.#fate ?? this.#exited('before it was asked');
    const id = ++this.#calls;
    let onAbort: (() => void) | undefined;
    if (!isAside) this.#hold(1);
    try {
      return await new Promise((resolve, reject) => {
        const call = { options, relayed: new Map<number, unknown>(), asking: 0, weight: 0, asked: 0, resolve, reject };
        this.#open.set(id, call);
        onAbort = () => {
          this.#abandon(id, signal.reason);
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', onAbort, { once: true });
        this.#send({ type: 'call', id, part, method, value });
      });
    } finally {
      this.#open.delete(id);
      if (!isAside) this.#hold(-1);
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    }
  }

  /** The line keeps this process alive while somebody waits for an answer, and only then. */
  #hold(more: number): void {
    this.#waiting += more;
    if (this.#waiting > 0) this.#line.ref();
    else this.#line.unref();
  }

  /** Ends it, at once. Whoever waits is told. */
  end(): void {
    this.#isWanted &&= this.#fate !== undefined;
    this.#fate ??= this.#exited('it was no longer wanted');
    this.#child.kill('SIGKILL');
  }

  /** Tells it to stop. It is ended if it does not, or does not even listen. */
  #abandon(id: number, reason: unknown): void {
    this.#abandoned.add(id);
    this.#send({ type: 'abort', id, reason: toSend(reason) });
    const { place } = this.#open.get(id)?.options ?? { place: '' };
    const hung = (): void => {
      this.#condemn(ISOLATION_ERRORS.hung, { place });
    };
    if (this.#abandoned.size > ABANDONED) {
      hung();
      return;
    }
    const wasLate = isLoopstickError(reason, ENGINE_ERRORS.tapDeadline.code);
    if (!wasLate) {
      // Whoever wants no answer any more need not wait for it either; it only has to be alive.
      this.#pings.set(id, setTimeout(hung, this.#limits.graceMs).unref());
      this.#send({ type: 'ping', id });
      return;
    }
    setTimeout(() => {
      if (this.#abandoned.has(id)) hung();
    }, this.#limits.graceMs).unref();
  }

  #read(piece: Buffer): void {
    if (this.isOver) return;
    try {
      for (const message of this.#reader.read(piece)) {
        this.#take(fromPluginSchema.parse(message));
        if (this.#hasFate()) return;
      }
    } catch (error) {
      this.#condemn(ISOLATION_ERRORS.answerInvalid, { problem: messageOf(error) });
    }
  }

  #take(message: FromPlugin): void {
    const { id } = message;
    if (message.type === 'pong') {
      clearTimeout(this.#pings.get(id));
      if (!this.#pings.delete(id)) throw new Error('it says that it is alive, and nobody has asked');
      return;
    }
    const call = this.#open.get(id);
    if (call === undefined) {
      if (!this.#abandoned.has(id)) throw new Error('it answers what nobody has asked');
      if (message.type !== 'ask') this.#abandoned.delete(id);
      else if (++this.#late > LATE) this.#condemn(ISOLATION_ERRORS.flooded, { what: 'asks for too much' });
      return;
    }
    if (message.type === 'ask') this.#heed(message, call);
    else if (message.type === 'done') call.resolve(message.value);
    else call.reject(this.#errorOf(message.error, call));
  }

  #errorOf(error: SentError, { relayed, options }: OpenCall): unknown {
    const { relayed: from } = error;
    return from !== undefined && relayed.has(from) ? relayed.get(from) : blame(error, this.#id, options.place);
  }

  #heed({ ask, method, value }: Extract<FromPlugin, { type: 'ask' }>, call: OpenCall): void {
    const answers = call.options.answers ?? {};
    const answerer = Object.hasOwn(answers, method) ? answers[method] : undefined;
    if (answerer === undefined) throw new Error(`it asks for "${printable(method, 40)}"`);
    const { weight } = this.#reader;
    call.weight += weight;
    if (++call.asking > ASKS_AT_ONCE || ++call.asked > ASKS || call.weight > ASKS_WEIGHT) {
      this.#condemn(ISOLATION_ERRORS.flooded, { what: 'asks for too much' });
      return;
    }
    void this.#answer(ask, call, () => answerer(value)).finally(() => (call.weight -= weight));
  }

  async #answer(ask: number, call: OpenCall, answerer: () => unknown): Promise<void> {
    try {
      const answer = await answerer();
      if (this.#line.writableLength > UNREAD) {
        this.#condemn(ISOLATION_ERRORS.flooded, { what: 'asks for too much' });
        return;
      }
      this.#send({ type: 'answer', ask, value: answer });
    } catch (error) {
      call.relayed.set(ask, error);
      this.#send({ type: 'answer', ask, error: toSend(error) });
    } finally {
      call.asking--;
    }
  }

  #hasFate(): boolean {
    return this.#fate !== undefined;
  }

  #send(message: ToPlugin): void {
    if (this.isOver) return;
    const pieces = frameOf(message, FROM_ENGINE);
    this.#line.cork();
    for (const piece of pieces) this.#line.write(piece);
    this.#line.uncork();
  }

  #condemn(
    descriptor: (typeof ISOLATION_ERRORS)[keyof typeof ISOLATION_ERRORS],
    values: Readonly<Record<string, string | number>>,
  ): void {
    if (this.isOver) return;
    this.#fate = this.#error(descriptor, values);
    this.#child.kill('SIGKILL');
    this.#line.destroy();
  }

  #over(fate: LoopstickError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#fate ??= fate;
    this.#unwatch();
    for (const timer of this.#pings.values()) clearTimeout(timer);
    const waiting = [...this.#open.values()];
    this.#listener.onEnd(this.#isWanted ? fate : undefined, waiting.length > 0);
    for (const { reject } of waiting) reject(fate);
  }

  #exited(how: string): LoopstickError {
    return this.#error(ISOLATION_ERRORS.exited, { how, words: this.#printed.lastWords });
  }

  #error(
    descriptor: (typeof ISOLATION_ERRORS)[keyof typeof ISOLATION_ERRORS],
    values: Readonly<Record<string, string | number>>,
  ): LoopstickError {
    return new LoopstickError(descriptor, { plugin: this.#id, ...values }, { pluginId: this.#id });
  }
}

/** An error of the engine's, as much of it as a plugin needs. */
function toSend(error: unknown): SentError {
  if (!isLoopstickError(error)) return { message: messageOf(error) };
  const { message, code, category, hint, cause } = error;
  const isFacts = typeof cause === 'object' && cause !== null && 'status' in cause && typeof cause.status === 'number';
  return { message, code, category, hint, facts: isFacts ? { status: cause.status } : undefined };
}
