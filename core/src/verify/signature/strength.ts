import type * as OpenPgp from 'openpgp';

const STRONG_HASHES = ['sha256', 'sha384', 'sha512', 'sha3_256', 'sha3_512'] as const;
const STRONG_KEYS: readonly string[] = ['eddsaLegacy', 'ed25519', 'ed448'];
/** Not the Brainpool curves, which the library can check in browsers only. */
const STRONG_CURVES: readonly string[] = ['nistP256', 'nistP384', 'nistP521'];
/** Not 2048, because the first bit of such a key's modulus need not be set. */
const RSA_BITS = 2047;

/**
 * What makes a signature worthless although it fits: MD5 or SHA-1 over the text, DSA, RSA below 2048 bits, anything
 * that is not known here. Undefined when nothing does.
 * @param keys that made it: a subkey and its primary key
 */
export function weaknessOf(
  openpgp: typeof OpenPgp,
  signature: Pick<OpenPgp.SignaturePacket, 'hashAlgorithm'>,
  keys: readonly { readonly keyPacket: OpenPgp.AnyKeyPacket }[],
): string | undefined {
  const { hash } = openpgp.enums;
  if (!STRONG_HASHES.some((name) => hash[name] === signature.hashAlgorithm)) {
    const [name = 'its hash'] = Object.entries(hash).find(([, value]) => value === signature.hashAlgorithm) ?? [];
    return name.toUpperCase();
  }
  for (const { keyPacket } of keys) {
    const { algorithm, bits, curve } = keyPacket.getAlgorithmInfo();
    const strong =
      STRONG_KEYS.includes(algorithm) ||
      (algorithm === 'ecdsa' && STRONG_CURVES.includes(curve ?? '')) ||
      (algorithm.startsWith('rsa') && (bits ?? 0) >= RSA_BITS);
    if (!strong) return [algorithm, curve ?? (bits === undefined ? '' : `of ${bits} bits`)].join(' ').trim();
  }
  return undefined;
}
