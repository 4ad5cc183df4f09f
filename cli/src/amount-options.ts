import { failure, parseBytes } from '@loopstick/core';

import { CLI_ERRORS } from './cli-errors.ts';

/** The value of --size in bytes; undefined when it was not given. @throws LoopstickError CLI_BAD_SIZE */
export function sizeOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const size = parseBytes(value);
  if (size === undefined) throw failure(CLI_ERRORS.badSize, { value, option: '--size' });
  return size;
}

/**
 * A rate such as `5M` or `500K/s`, in bytes a second.
 * @param more said of what else the option takes
 * @throws LoopstickError CLI_BAD_VALUE
 */
export function rateOf(value: string, option: string, command: string, more: string = ''): number {
  const rate = parseBytes(value.replace(/\/s$/, ''));
  if (rate !== undefined && rate >= 1) return rate;
  throw failure(CLI_ERRORS.badValue, {
    ...{ option, value, command },
    problem: `it is not a rate such as 5M or 500K${more}`,
  });
}
