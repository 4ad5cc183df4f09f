import type { ErrorCategory } from '@loopstick/core';

/** The exit codes of the command, as documented in docs/exit-codes.md. A test holds the two together. */
export const EXIT_CODES: Readonly<Record<ErrorCategory, number>> = {
  internal: 1,
  usage: 2,
  'not-found': 3,
  'bad-input': 4,
  verification: 5,
  network: 6,
  space: 7,
  'target-refused': 8,
  'missing-tool': 9,
  plugin: 10,
  system: 11,
  interrupted: 130,
};

/** `boot --check`: at least one entry did not come as far as it should. */
export const EXIT_BOOT_CHECK = 12;
/** `doctor`: something that is needed is missing. */
export const EXIT_DOCTOR: number = EXIT_CODES['missing-tool'];
