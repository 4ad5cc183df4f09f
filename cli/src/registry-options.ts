import { failure, type Context } from '@loopstick/core';

import { CLI_ERRORS } from './cli-errors.ts';

export interface KeyOptions {
  readonly keys?: string;
}

/** The folder of offline keys, if there is one besides the registry's own. */
export function keyFolder({ keys }: KeyOptions, { env }: Pick<Context, 'env'>): string | undefined {
  const named = keys ?? env['LOOPSTICK_REGISTRY_KEYS'];
  return named === '' ? undefined : named;
}

/** @throws LoopstickError CLI_BAD_VALUE */
export function wholeNumber(
  option: string,
  value: string,
  { least, most, command }: { readonly least: number; readonly most: number; readonly command: string },
): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  const problem = `it is not a number from ${least} to ${most}`;
  throw failure(CLI_ERRORS.badValue, { option, value, problem, command });
}
