import type * as OpenPgp from 'openpgp';

import { failure, messageOf, type LoopstickError } from '../../engine/errors.ts';
import { dearmour } from './armour.ts';
import type { AnySignature } from './old-signature.ts';
import { SIGNATURE_ERRORS } from './signature-errors.ts';

/** Bytes of the longest keyring that is read. Debian's, with all its developers, is longer; vendors' have below 100 KiB. */
const MATERIAL_LIMIT = 1024 * 1024;

/** A key that a plugin pins. */
export interface TrustedKey {
  /** Full fingerprint of the primary key, upper-case hex. The key material must have it. */
  readonly fingerprint: string;
  /** The public key, armoured or binary; may be a keyring that holds others too: only the one with this fingerprint counts. */
  readonly material: Uint8Array;
  /** What a key past its expiry is good for. Default 'refuse'. 'before-expiry': signatures made while it was valid. */
  readonly expired?: 'refuse' | 'before-expiry' | undefined;
}

/** The library, which is loaded when there is something to check, and what it is told to accept. */
export interface Verifier {
  readonly openpgp: typeof OpenPgp;
  readonly config: OpenPgp.Config;
}

/** A pinned key, read and with what it says of itself. */
export interface PinnedKey {
  /** Of the primary key, upper-case hex. */
  readonly fingerprint: string;
  readonly key: OpenPgp.Key;
  readonly expired: 'refuse' | 'before-expiry';
}

/** A key, of those that are pinned or bound to one that is, that may have made a signature. */
export interface Signer {
  readonly pinned: PinnedKey;
  readonly key: OpenPgp.Key | OpenPgp.Subkey;
}

/** Until when a key signs, and whether its owner took it back. */
export interface KeyState {
  readonly revoked: boolean;
  readonly expires: Date | undefined;
}

/** @throws LoopstickError SIGNATURE_KEY_INVALID */
export async function readTrustedKey({ openpgp, config }: Verifier, trusted: TrustedKey): Promise<PinnedKey> {
  const { fingerprint, material } = trusted;
  if (material.length > MATERIAL_LIMIT) throw invalidKey(fingerprint, `it is longer than ${MATERIAL_LIMIT} bytes`);
  const binaryKeys = isBinary(material) ? material : dearmour(latin1(material), 'PUBLIC KEY BLOCK');
  if (binaryKeys === undefined) throw invalidKey(fingerprint, 'it is not a public key, or not all of one');
  let found: OpenPgp.Key[];
  try {
    const keys = await openpgp.readKeys({ binaryKeys, config });
    found = keys.filter((key) => key.getFingerprint().toUpperCase() === fingerprint);
  } catch (error) {
    throw invalidKey(fingerprint, messageOf(error), error);
  }
  const [key, second] = found;
  if (key === undefined) throw invalidKey(fingerprint, 'it holds no key with this fingerprint');
  // Two copies may differ in when the key expires, and in whether it was revoked.
  if (second !== undefined) throw invalidKey(fingerprint, 'it holds the key twice');
  return { fingerprint, key, expired: trusted.expired ?? 'refuse' };
}

/** Whose a signature says that it is. Undefined when it is by none of these keys, or does not say. */
export function signerOf(signature: AnySignature, keys: readonly PinnedKey[]): Signer | undefined {
  const claimed = signature.issuerFingerprint;
  for (const pinned of keys) {
    const key = [pinned.key, ...pinned.key.subkeys].find(
      (each) => each.getKeyID().toHex() === signature.issuerKeyID.toHex(),
    );
    if (key === undefined) continue;
    if (claimed === null || Buffer.from(claimed).toString('hex') === key.getFingerprint()) return { pinned, key };
  }
  return undefined;
}

/**
 * What a key says of itself. Only for its dates and its revocation are a pinned key's signatures on itself read: that
 * it is the vendor's is known by its fingerprint. A subkey counts when it is bound to the pinned key, for signing.
 * @throws LoopstickError SIGNATURE_KEY_INVALID
 */
export async function stateOf({ config }: Verifier, { pinned, key }: Signer, now: Date): Promise<KeyState> {
  const primary = pinned.key;
  if (await primary.isRevoked(undefined, undefined, now, config)) return { revoked: true, expires: undefined };
  const dates = [await primary.getExpirationTime(undefined, config)];
  if (isSubkey(key)) {
    const own = primary.keyPacket;
    // The first arguments are of no use in this library's subkeys, although its types ask for them.
    const none = null as unknown as OpenPgp.SignaturePacket;
    if (await key.isRevoked(none, own, now, config)) return { revoked: true, expires: undefined };
    try {
      // Whether it has expired is for the caller: hence no date.
      await primary.getSigningKey(key.getKeyID(), null, undefined, config);
    } catch (error) {
      throw invalidKey(pinned.fingerprint, `its subkey ${key.getFingerprint().toUpperCase()} may not sign`, error);
    }
    dates.push(await key.getExpirationTime(now, config));
  }
  const ends = dates.map((date) => {
    if (date === null)
      throw invalidKey(pinned.fingerprint, 'it does not say when it expires: it is not signed by itself');
    return Number(date);
  });
  const first = Math.min(...ends);
  return { revoked: false, expires: first === Infinity ? undefined : new Date(first) };
}

/** OpenPGP without armour: the first bit of each packet is set (RFC 9580, section 4.2). */
export function isBinary(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & 0x80) !== 0;
}

/** One character for each byte, so that no byte is lost. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function isSubkey(key: OpenPgp.Key | OpenPgp.Subkey): key is OpenPgp.Subkey {
  return 'mainKey' in key;
}

function invalidKey(key: string, problem: string, cause?: unknown): LoopstickError {
  return failure(SIGNATURE_ERRORS.keyInvalid, { key, problem }, cause === undefined ? undefined : { cause });
}
