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

/**
 * The next key, without waiting for Enter; Ctrl-C is `\u0003` then, and an empty text that the input has ended. Nothing
 * is pressed any more once the signal is aborted.
 */
export function pressedKey(signal: AbortSignal): Promise<string> {
  const { stdin } = process;
  return new Promise((resolve) => {
    const end = (key: string): void => {
      stdin.off('data', onData).off('end', onEnd);
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      resolve(key);
    };
    const onData = (data: Buffer): void => {
      end(data.toString().slice(0, 1));
    };
    const onEnd = (): void => {
      end('');
    };
    if (stdin.isTTY) stdin.setRawMode(true);
    stdin.on('data', onData).once('end', onEnd).resume();
    signal.addEventListener(
      'abort',
      () => {
        end('');
      },
      { once: true },
    );
  });
}
