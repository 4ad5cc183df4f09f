/** Checksum algorithms, weakest first. The first two only find accidents; the others also forgeries. */
export const HASH_ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha512'] as const;

export type HashAlgorithm = (typeof HASH_ALGORITHMS)[number];

/** Checksums of one file: lower-case hex, by algorithm. */
export type Digests = Readonly<Partial<Record<HashAlgorithm, string>>>;

const HEX_LENGTHS: Readonly<Record<HashAlgorithm, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };

/** The algorithms of these digests, weakest first. */
export function algorithmsOf(digests: Digests): HashAlgorithm[] {
  return HASH_ALGORITHMS.filter((algorithm) => digests[algorithm] !== undefined);
}

/** The strongest algorithm that is there. */
export function strongestOf(digests: Digests): HashAlgorithm | undefined {
  return algorithmsOf(digests).at(-1);
}

/** The algorithms for which `actual` does not say what `wanted` says: all of these have to agree, not only one. */
export function differing(wanted: Digests, actual: Digests): HashAlgorithm[] {
  return algorithmsOf(wanted).filter((algorithm) => wanted[algorithm] !== actual[algorithm]);
}

/** The algorithm that a hex digest must be of, by its length; undefined when it is no digest. */
export function algorithmOfHex(hex: string): HashAlgorithm | undefined {
  if (!/^[0-9a-fA-F]+$/.test(hex)) return undefined;
  return HASH_ALGORITHMS.find((algorithm) => HEX_LENGTHS[algorithm] === hex.length);
}
