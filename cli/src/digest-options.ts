import { algorithmOfHex, failure, HASH_ALGORITHMS, type Digests, type HashAlgorithm } from '@loopstick/core';

import { CLI_ERRORS } from './cli-errors.ts';

/** The options --md5, --sha1, --sha256 and --sha512. */
export type DigestOptions = Readonly<Partial<Record<HashAlgorithm, string>>>;

/**
 * The digests that were given on the command line, in lower case.
 * @throws LoopstickError CLI_BAD_VALUE
 */
export function digestsOf(options: DigestOptions, command: string): Digests {
  const digests: Partial<Record<HashAlgorithm, string>> = {};
  for (const algorithm of HASH_ALGORITHMS) {
    const value = options[algorithm]?.trim();
    if (value === undefined) continue;
    if (algorithmOfHex(value) !== algorithm) {
      throw failure(CLI_ERRORS.badValue, {
        option: `--${algorithm}`,
        value,
        problem: 'it is no such checksum',
        command,
      });
    }
    digests[algorithm] = value.toLowerCase();
  }
  return digests;
}
