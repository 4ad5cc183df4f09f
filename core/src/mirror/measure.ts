import { DOWNLOAD_ERRORS } from '../download/download-errors.ts';
import { factsOf, IDENTITY_CODES } from '../download/transfer/failures.ts';
import { probeSpeed } from '../download/transfer/probe-speed.ts';
import { randomOf } from '../download/transfer/random.ts';
import { isWebPage } from '../download/transfer/web-page.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, messageOf } from '../engine/errors.ts';
import type { MirrorProbe, ProbeOptions, RangeResponse } from '../engine/hooks.ts';
import { mayFollow } from './may-follow.ts';
import type { MirrorLesson } from './memory.ts';
import { mirrorName } from './mirror-name.ts';
import { outcomeOf } from './outcome.ts';

/** What a mirror ought to have. */
export interface MeasuredFile {
  readonly url: string;
  /** In bytes. Without it, whatever the mirror has is taken for the file. */
  readonly size?: number | undefined;
}

export interface MeasureOptions extends ProbeOptions {
  readonly signal: AbortSignal;
}

/** What a probe brought, and what is to be remembered of it. */
export interface Measurement extends MirrorProbe {
  /** Size of the file that the mirror has, as far as it says. */
  readonly total?: number | undefined;
  readonly lesson: MirrorLesson;
}

/** So that ranges begin where a cache between here and there would have them begin as well. */
const ALIGNMENT = 64 * 1024;
/** What is taken from the network ahead of being counted. */
const BUFFER = 256 * 1024;

/**
 * Asks a mirror for a part of a file, somewhere in it, and throws the bytes away: one request, and never more than what
 * was asked for. Never rejects but with the signal's reason.
 */
export async function measureMirror(
  engine: Engine,
  file: MeasuredFile,
  { bytes, ms, signal }: MeasureOptions,
): Promise<Measurement> {
  const { url } = file;
  await load(engine, url);
  signal.throwIfAborted();
  const enough = new AbortController();
  const timer = setTimeout(() => {
    enough.abort();
  }, ms);
  const stopwatch = new Stopwatch(engine.context.clock);
  let error: unknown;
  try {
    await read(engine, file, bytes, stopwatch, AbortSignal.any([signal, enough.signal]));
  } catch (thrown) {
    signal.throwIfAborted();
    // What came in time counts.
    if (!enough.signal.aborted || stopwatch.bytes === 0) error = thrown;
    if (enough.signal.aborted) error &&= failure(DOWNLOAD_ERRORS.stalled, stalledFor(url, ms));
  } finally {
    clearTimeout(timer);
    enough.abort();
  }
  const { bytes: came, total } = stopwatch;
  const times = { connectMs: stopwatch.connectMs, firstByteMs: stopwatch.firstByteMs };
  if (error !== undefined) {
    const outcome = isLoopstickError(error) ? outcomeOf(error) : 'http-error';
    const problem = messageOf(error);
    return { url, state: stateOf(error), bytes: came, total, ...times, problem, lesson: { outcome } };
  }
  const { speed } = stopwatch;
  return {
    url,
    state: 'current',
    bytes: came,
    total,
    ...times,
    speed,
    lesson: { outcome: 'success', speed, ...times },
  };
}

/** Loads what asks, so that it does not count against whoever is asked first. */
async function load(engine: Engine, url: string): Promise<void> {
  try {
    await (await engine.transport(url)).prepare?.();
  } catch {
    // The request itself fails for the same reason.
  }
}

async function read(
  engine: Engine,
  file: MeasuredFile,
  bytes: number,
  stopwatch: Stopwatch,
  signal: AbortSignal,
): Promise<void> {
  const { url, size } = file;
  const start = size === undefined ? 0 : placeIn(size, bytes, randomOf(engine)());
  const end = size === undefined ? start + bytes : Math.min(start + bytes, size);
  const transport = await engine.transport(url);
  stopwatch.start();
  const response = await transport.open({
    ...{ url, start, end, buffer: BUFFER, reuse: true, mayFollow: mayFollow(engine) },
    signal,
  });
  stopwatch.connectMs = response.connectMs;
  stopwatch.total = response.total;
  requireFile(file, start, response);
  for await (const batch of response.body) {
    stopwatch.add(batch.reduce((sum, { length }) => sum + length, 0));
    // A server that ignores ranges would send everything.
    if (stopwatch.bytes >= end - start) break;
  }
  if (stopwatch.bytes > 0) return;
  throw failure(DOWNLOAD_ERRORS.badRange, { mirror: mirrorName(url), problem: 'it is empty' });
}

/** @throws LoopstickError DOWNLOAD_WEB_PAGE, DOWNLOAD_SIZE_MISMATCH, DOWNLOAD_BAD_RANGE */
function requireFile({ url, size }: MeasuredFile, start: number, response: RangeResponse): void {
  const mirror = mirrorName(url);
  if (isWebPage(response, { name: mirror, size })) throw failure(DOWNLOAD_ERRORS.webPage, { mirror });
  const { total } = response;
  if (size !== undefined && total !== undefined && total !== size) {
    throw failure(DOWNLOAD_ERRORS.sizeMismatch, { mirror, actual: total, wanted: size });
  }
  const problem =
    response.start !== start
      ? `it starts at byte ${response.start} and not at ${start}`
      : size !== undefined && total === undefined
        ? 'it does not say how large the file is'
        : undefined;
  if (problem !== undefined) throw failure(DOWNLOAD_ERRORS.badRange, { mirror, problem });
}

/** Where to begin, so that so many bytes follow. @param chance from 0 to 1 */
function placeIn(size: number, bytes: number, chance: number): number {
  const places = Math.floor(Math.max(0, size - bytes) / ALIGNMENT) + 1;
  return Math.min(places - 1, Math.floor(chance * places)) * ALIGNMENT;
}

function stateOf(error: unknown): MirrorProbe['state'] {
  if (!isLoopstickError(error)) return 'failed';
  if (IDENTITY_CODES.has(error.code) || error.code === DOWNLOAD_ERRORS.sizeMismatch.code) return 'stale';
  // The range is inside the file that it ought to have.
  if (error.code === DOWNLOAD_ERRORS.rangeUnsatisfiable.code) return 'stale';
  const { status } = factsOf(error);
  return status === 404 || status === 410 ? 'missing' : 'failed';
}

function stalledFor(url: string, ms: number): { readonly mirror: string; readonly seconds: number } {
  return { mirror: mirrorName(url), seconds: Math.round(ms / 100) / 10 };
}

/** How long it took until what came. */
class Stopwatch {
  readonly #clock: () => number;
  #began = 0;
  #first: { readonly at: number; readonly bytes: number } | undefined;
  #lastAt = 0;
  bytes = 0;
  connectMs: number | undefined;
  total: number | undefined;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  start(): void {
    this.#began = this.#clock();
  }

  add(bytes: number): void {
    this.#lastAt = this.#clock();
    this.#first ??= { at: this.#lastAt, bytes };
    this.bytes += bytes;
  }

  get firstByteMs(): number | undefined {
    return this.#first === undefined ? undefined : this.#first.at - this.#began;
  }

  get speed(): number | undefined {
    return probeSpeed({ askedAt: this.#began, first: this.#first, lastAt: this.#lastAt, bytes: this.bytes });
  }
}
