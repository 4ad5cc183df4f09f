import { createInterface } from 'node:readline/promises';

import { ENGINE_ERRORS, failure } from '@loopstick/core';

/**
 * Asks a question on the terminal and returns the answer, trimmed.
 * @throws LoopstickError INTERRUPTED on Ctrl-C, Ctrl-D or when the signal is aborted
 */
export async function ask(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  lines.once('close', () => {
    closed.abort();
  });
  lines.once('SIGINT', () => {
    lines.close();
  });
  try {
    return (await lines.question(question, { signal: AbortSignal.any([signal, closed.signal]) })).trim();
  } catch (cause) {
    signal.throwIfAborted();
    throw failure(ENGINE_ERRORS.interrupted, {}, { cause });
  } finally {
    lines.close();
  }
}

/** A yes-or-no question; anything but a yes is a no. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`${question} [y/N] `, signal));
}
