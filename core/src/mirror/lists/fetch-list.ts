import type { Engine } from '../../engine/engine.ts';
import { failure, isLoopstickError, messageOf, type LoopstickError } from '../../engine/errors.ts';
import { formatBytes } from '../../engine/units.ts';
import { MIRROR_ERRORS } from '../mirror-errors.ts';
import { mirrorName } from '../mirror-name.ts';
import { isPrivate } from './addresses.ts';

export interface ListLimits {
  readonly bytes: number;
  /** For the whole of it. */
  readonly ms: number;
}

/** Ten times what real lists have. To read what is larger takes seconds, in which nothing else is done. */
export const LIST_LIMITS: ListLimits = { bytes: 4 * 1024 * 1024, ms: 10_000 };

/**
 * A list as its publisher sends it, over https only but for this machine's own servers. What is too long or too slow is
 * cut off.
 * @throws LoopstickError MIRROR_LIST_UNREACHABLE, MIRROR_LIST_TOO_LARGE; the signal's reason
 */
export async function fetchList(
  engine: Engine,
  url: string,
  signal: AbortSignal,
  { bytes, ms }: ListLimits = LIST_LIMITS,
): Promise<Uint8Array> {
  const list = mirrorName(url);
  const tooLarge = (): LoopstickError => failure(MIRROR_ERRORS.listTooLarge, { list, limit: formatBytes(bytes) });
  const unreachable = (problem: string, cause?: unknown): LoopstickError =>
    failure(MIRROR_ERRORS.listUnreachable, { list, problem }, { cause });
  const late = AbortSignal.timeout(ms);
  const enough = new AbortController();
  try {
    const transport = await engine.transport(url);
    const limits = AbortSignal.any([signal, late, enough.signal]);
    const { address, total, body } = await transport.open({ url, start: 0, signal: limits });
    if (!isPrivate(new URL(address))) throw unreachable('it leads to an address without encryption');
    if (total !== undefined && total > bytes) throw tooLarge();
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const batch of body) {
      limits.throwIfAborted();
      chunks.push(...batch);
      length += batch.reduce((sum, chunk) => sum + chunk.length, 0);
      if (length > bytes) throw tooLarge();
    }
    if (total !== undefined && length !== total) throw unreachable('it broke off');
    return Buffer.concat(chunks);
  } catch (error) {
    signal.throwIfAborted();
    if (isLoopstickError(error) && error.code.startsWith('MIRROR_LIST_')) throw error;
    throw unreachable(late.aborted ? `it did not come within ${ms / 1000} s` : messageOf(error), error);
  } finally {
    // What is left of the body is not wanted.
    enough.abort();
  }
}
