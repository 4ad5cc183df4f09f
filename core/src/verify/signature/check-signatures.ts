import type * as OpenPgp from 'openpgp';

import { failure, messageOf, type LoopstickError } from '../../engine/errors.ts';
import { readOldSignature, type AnySignature } from './old-signature.ts';
import { SIGNATURE_ERRORS } from './signature-errors.ts';
import { weaknessOf } from './strength.ts';
import { readTrustedKey, signerOf, stateOf, type Signer, type TrustedKey, type Verifier } from './trusted-key.ts';

/** More signatures than a vendor has keys would only cost time. */
const MOST_SIGNATURES = 16;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What counts as a signature. */
export interface SignatureRequest {
  readonly keys: readonly TrustedKey[];
  readonly now: Date;
  /** Of the newest signature seen before: an older one is refused. */
  readonly notBefore?: Date | undefined;
}

export interface CheckedSignature {
  /** Fingerprint of the primary key, upper-case hex. */
  readonly key: string;
  readonly created: Date;
}

/** What was signed, and with which kinds of signatures (RFC 9580, section 5.2.1): `binary` or `text`. */
export interface Signed {
  /** Bytes, what reads them anew each time where they are too many to hold, or nothing where they are not there yet. */
  readonly content: Uint8Array | (() => ReadableStream<Uint8Array>) | undefined;
  readonly kinds: readonly ('binary' | 'text')[];
}

/**
 * Checks the signatures of one file, in binary. One good signature by a pinned key suffices, and the newest is
 * returned; those by other keys are passed over; a bad one by a pinned key spoils all. Without content, all but whether
 * they belong to it is checked.
 * @throws LoopstickError SIGNATURE_…
 */
export async function checkSignatures(
  binarySignature: Uint8Array,
  signed: Signed,
  request: SignatureRequest,
): Promise<CheckedSignature> {
  const verifier = await createVerifier();
  const keys = await Promise.all(request.keys.map((key) => readTrustedKey(verifier, key)));
  const signatures = await readSignatures(verifier, binarySignature, signed);
  const literal = await literalOf(verifier, signed);
  const good: CheckedSignature[] = [];
  const refused: LoopstickError[] = [];
  for (const signature of signatures) {
    const signer = signerOf(signature, keys);
    if (signer === undefined) continue;
    const problem =
      weakness(verifier, signature, signer) ??
      (literal === undefined ? undefined : await mismatch(verifier, signature, signer, literal)) ??
      (await lapse(verifier, signature, signer, request.now));
    if (problem !== undefined) refused.push(problem);
    else good.push({ key: signer.pinned.fingerprint, created: createdOf(signature) });
  }
  const bad = refused.find(({ code }) => code === SIGNATURE_ERRORS.bad.code);
  if (bad !== undefined) throw bad;
  const [newest] = good.sort((a, b) => b.created.getTime() - a.created.getTime());
  if (newest === undefined) throw refused[0] ?? unknownKey(signatures, request);
  const { notBefore } = request;
  if (notBefore !== undefined && newest.created < notBefore) {
    throw failure(SIGNATURE_ERRORS.outdated, { created: newest.created.toISOString(), seen: notBefore.toISOString() });
  }
  return newest;
}

/**
 * The library, told all that matters here: its own defaults, and what another part of the program made of them, do not
 * count. SHA-1 is accepted where keys sign themselves, as those of Fedora 23 to 31 and of Ubuntu do, because that only
 * dates a key whose fingerprint is pinned.
 */
async function createVerifier(): Promise<Verifier> {
  const openpgp = await import('openpgp');
  const { hash, publicKey, curve } = openpgp.enums;
  const config: OpenPgp.Config = {
    ...openpgp.config,
    ignoreUnsupportedPackets: true,
    ignoreMalformedPackets: false,
    enableParsingV5Entities: false,
    knownNotations: [],
    rejectHashAlgorithms: new Set([hash.md5, hash.ripemd]),
    rejectMessageHashAlgorithms: new Set([hash.md5, hash.ripemd, hash.sha1]),
    rejectPublicKeyAlgorithms: new Set([publicKey.dsa, publicKey.elgamal]),
    rejectCurves: new Set([curve.secp256k1]),
  };
  return { openpgp, config };
}

/** The content as the library takes it. A stream it would keep a copy of to read it again: this one is read anew. */
async function literalOf({ openpgp }: Verifier, { content }: Signed): Promise<object | undefined> {
  if (typeof content === 'function') return { text: null, getBytes: content };
  if (content === undefined) return undefined;
  const { packets } = await openpgp.createMessage({ binary: content });
  return packets.findPacket(openpgp.enums.packet.literalData) ?? content;
}

async function readSignatures(
  { openpgp, config }: Verifier,
  binarySignature: Uint8Array,
  signed: Signed,
): Promise<AnySignature[]> {
  let packets: readonly OpenPgp.AnyPacket[];
  try {
    ({ packets } = await openpgp.readSignature({ binarySignature, config }));
  } catch (error) {
    throw failure(SIGNATURE_ERRORS.malformed, { problem: messageOf(error) }, { cause: error });
  }
  if (packets.length > MOST_SIGNATURES) throw failure(SIGNATURE_ERRORS.malformed, { problem: 'there are too many' });
  const kinds: unknown[] = signed.kinds.map((kind) => openpgp.enums.signature[kind]);
  const signatures = packets.flatMap((packet): AnySignature[] => {
    if (packet instanceof openpgp.SignaturePacket) return [packet];
    if (!(packet instanceof openpgp.UnparseablePacket)) return [];
    // Those of version 3 are of lists: nobody signs images with them.
    if (!(signed.content instanceof Uint8Array)) return [];
    const old = readOldSignature(openpgp, packet.write(), signed.content);
    return old === undefined ? [] : [old];
  });
  const usable = signatures.filter((signature) => kinds.includes(signature.signatureType));
  if (usable.length === 0) throw failure(SIGNATURE_ERRORS.malformed, { problem: 'there is none of a kind known here' });
  return usable;
}

/** SIGNATURE_TOO_WEAK, when the signature proves nothing whatever it says: it is as if it were not there. */
function weakness({ openpgp }: Verifier, signature: AnySignature, { pinned, key }: Signer): LoopstickError | undefined {
  const algorithm = weaknessOf(openpgp, signature, [pinned.key, key]);
  if (algorithm === undefined) return undefined;
  return failure(SIGNATURE_ERRORS.tooWeak, { key: pinned.fingerprint, algorithm });
}

/** SIGNATURE_BAD, when the signature is not by this key or not over this text. */
async function mismatch(
  { config }: Verifier,
  signature: AnySignature,
  signer: Signer,
  literal: object,
): Promise<LoopstickError | undefined> {
  const { keyPacket } = signer.key;
  const key = signer.pinned.fingerprint;
  if (signature.signatureType === null || createdOf(signature) < keyPacket.getCreationTime()) {
    return failure(SIGNATURE_ERRORS.bad, { key });
  }
  try {
    // At the time that it gives itself: whether that is a good time is asked afterwards.
    await signature.verify(keyPacket, signature.signatureType, literal, createdOf(signature), true, config);
    return undefined;
  } catch (error) {
    return failure(SIGNATURE_ERRORS.bad, { key }, { cause: error });
  }
}

/** Why a signature, which is genuine, does not count now. */
async function lapse(
  verifier: Verifier,
  signature: AnySignature,
  signer: Signer,
  now: Date,
): Promise<LoopstickError | undefined> {
  const { pinned } = signer;
  const key = pinned.fingerprint;
  const created = createdOf(signature);
  const { revoked, expires } = await stateOf(verifier, signer, now);
  if (revoked) return failure(SIGNATURE_ERRORS.keyRevoked, { key });
  if (expires !== undefined && expires <= (pinned.expired === 'before-expiry' ? created : now)) {
    return failure(SIGNATURE_ERRORS.keyExpired, { key, day: dayOf(expires) });
  }
  if (created.getTime() > now.getTime() + DAY_MS) {
    return failure(SIGNATURE_ERRORS.inFuture, { created: created.toISOString() });
  }
  const until = signature.getExpirationTime();
  if (until instanceof Date && until <= now) return failure(SIGNATURE_ERRORS.expired, { key, day: dayOf(until) });
  return undefined;
}

function unknownKey(signatures: readonly AnySignature[], request: SignatureRequest): LoopstickError {
  const signers = signatures.map(({ issuerFingerprint, issuerKeyID }) =>
    issuerFingerprint === null ? issuerKeyID.toHex() : Buffer.from(issuerFingerprint).toString('hex'),
  );
  const named = [...new Set(signers)].map((signer) => (signer === '' ? 'someone unnamed' : signer.toUpperCase()));
  return failure(SIGNATURE_ERRORS.unknownKey, {
    signers: named.join(', '),
    wanted: request.keys.map((key) => key.fingerprint).join(', ') || 'no key',
  });
}

/** A signature without a time of its own is not read in the first place. */
function createdOf(signature: AnySignature): Date {
  return signature.created ?? new Date(0);
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
