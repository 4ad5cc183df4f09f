import { constants, createPublicKey, verify } from 'node:crypto';

import type * as OpenPgp from 'openpgp';

/** What the checks need of a signature: packets of the library have it, and those of version 3. */
export type AnySignature = Pick<
  OpenPgp.SignaturePacket,
  'signatureType' | 'hashAlgorithm' | 'issuerFingerprint' | 'created' | 'getExpirationTime' | 'verify'
> & { readonly issuerKeyID: { toHex(): string } };

const VERSION = 3;
/** Of what is hashed after the text: the kind, and when it was made. */
const HASHED_LENGTH = 5;
/** Version, that length, what is hashed, the key's id, two algorithms, the beginning of the digest. */
const HEADER_LENGTH = 2 + HASHED_LENGTH + 8 + 2 + 2;
const RSA = 1;
const BINARY = 0;

/**
 * Reads a signature of version 3 (RFC 4880, section 5.2.2), which the library does not. openSUSE's build service makes
 * them to this day, with RSA and SHA-512. What later versions sign besides, they do not have: the key's whole
 * fingerprint and a date of expiry. The time at which they were made is signed.
 * @param openpgp the library, for its numbers
 * @param content of the packet, without its header
 * @param text that it belongs to
 * @returns undefined for another version, another algorithm than RSA, or one that says where lines end
 */
export function readOldSignature(
  { enums }: Pick<typeof OpenPgp, 'enums'>,
  content: Uint8Array,
  text: Uint8Array,
): AnySignature | undefined {
  const bytes = Buffer.from(content);
  if (bytes[0] !== VERSION || bytes[1] !== HASHED_LENGTH || bytes.length < HEADER_LENGTH + 2) return undefined;
  const hashed = bytes.subarray(2, 2 + HASHED_LENGTH);
  const integer = bytes.subarray(HEADER_LENGTH + 2);
  const bits = bytes.readUInt16BE(HEADER_LENGTH);
  if (hashed[0] !== BINARY || bytes[15] !== RSA || integer.length !== Math.ceil(bits / 8)) return undefined;
  const hashAlgorithm = KNOWN.map((name) => enums.hash[name]).find((each) => each.valueOf() === bytes[16]) ?? null;
  const keyId = bytes.subarray(7, 15).toString('hex');
  return {
    signatureType: enums.signature.binary,
    hashAlgorithm,
    issuerFingerprint: null,
    issuerKeyID: { toHex: () => keyId },
    created: new Date(hashed.readUInt32BE(1) * 1000),
    getExpirationTime: () => Infinity,
    verify: async ({ version, publicParams }) => {
      const hash = HASHES.find((name) => enums.hash[name] === hashAlgorithm);
      const [n, e] = ['n', 'e'].map((name) => Reflect.get(publicParams, name) as unknown);
      if (hash === undefined || version !== 4 || !(n instanceof Uint8Array) || !(e instanceof Uint8Array)) {
        throw new Error('not a signature by a key of this kind');
      }
      const jwk = { kty: 'RSA', n: base64url(n), e: base64url(e) };
      const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), padding: constants.RSA_PKCS1_PADDING };
      const padded = Buffer.concat([Buffer.alloc(Math.max(0, n.length - integer.length)), integer]);
      if (!verify(hash, Buffer.concat([text, hashed]), key, padded)) throw new Error('the signature does not fit');
    },
  };
}

/** As Node.js calls them, too. */
const HASHES = ['sha256', 'sha384', 'sha512'] as const;
/** With those that are refused by their names before anything is computed. */
const KNOWN = [...HASHES, 'md5', 'sha1', 'ripemd', 'sha224'] as const;

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
