import { readFileSync } from 'node:fs';

import * as openpgp from 'openpgp';

import type { SignatureRequest } from '../../../src/verify/signature/check-signatures.ts';
import type { TrustedKey } from '../../../src/verify/signature/trusted-key.ts';

/** The code of every failure that a signature may have. */
export const A_SIGNATURE_CODE: RegExp = /^SIGNATURE_[A-Z_]+$/;
export const NOW: Date = new Date('2026-11-01T00:00:00Z');

export function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url));
}

/** A key of a vendor, pinned, from one of the files in `fixtures/keys`. */
export function vendorKey(fingerprint: string, file: string): TrustedKey {
  return { fingerprint, material: fixture(`keys/${file}`) };
}

export const UBUNTU: TrustedKey = vendorKey('843938DF228D22F7B3742BC0D94AA3F0EFE21092', 'ubuntu-archive-keyring.gpg');
export const FEDORA_37: TrustedKey = vendorKey(
  'ACB5EE4E831C74BB7C168D27F55AD3FB5323552A',
  'RPM-GPG-KEY-fedora-37-primary',
);
export const FEDORA_38: TrustedKey = vendorKey(
  '6A51BBABBA3D5467B6171221809A8D7CEB10B464',
  'RPM-GPG-KEY-fedora-38-primary',
);

export function request(...keys: readonly TrustedKey[]): SignatureRequest {
  return { keys, now: NOW };
}

/** A made-up vendor: what it signs with, and what is pinned of it. */
export interface Vendor {
  readonly secret: openpgp.PrivateKey;
  readonly trusted: TrustedKey;
}

type KeyOptions = Partial<Parameters<typeof openpgp.generateKey>[0]>;

/** A vendor with an Ed25519 key of 2020, unless it is told otherwise. */
export async function makeVendor(options: Omit<KeyOptions, 'format'> = {}): Promise<Vendor> {
  const { privateKey } = await openpgp.generateKey({
    type: 'curve25519',
    userIDs: [{ name: 'Example', email: 'cd@example.org' }],
    date: new Date('2020-01-01T00:00:00Z'),
    subkeys: [],
    ...options,
    format: 'object',
  });
  return { secret: privateKey, trusted: trust(privateKey) };
}

export function trust(key: openpgp.Key): TrustedKey {
  const material = (key.isPrivate() ? key.toPublic() : key).write();
  return { fingerprint: key.getFingerprint().toUpperCase(), material };
}

/** A detached signature, binary. */
export async function signDetached(
  vendor: Vendor,
  data: Uint8Array,
  date: Date = new Date('2021-06-01T00:00:00Z'),
): Promise<Uint8Array> {
  const message = await openpgp.createMessage({ binary: data });
  const signature = await openpgp.sign({
    message,
    signingKeys: vendor.secret,
    detached: true,
    format: 'binary',
    date,
  });
  return signature as Uint8Array;
}

interface RawOptions {
  readonly created?: Date;
  readonly hash?: openpgp.enums.hash;
  readonly type?: openpgp.enums.signature;
  /** Seconds for which it is good. */
  readonly expires?: number;
}

/** A signature that the library itself would refuse to make. */
export async function signRaw(
  { keyPacket }: openpgp.PrivateKey | openpgp.Subkey,
  data: Uint8Array,
  options: RawOptions,
): Promise<Uint8Array> {
  const signature = new openpgp.SignaturePacket();
  signature.signatureType = options.type ?? openpgp.enums.signature.binary;
  signature.publicKeyAlgorithm = keyPacket.algorithm;
  signature.hashAlgorithm = options.hash ?? openpgp.enums.hash.sha512;
  if (options.expires !== undefined) {
    signature.signatureExpirationTime = options.expires;
    signature.signatureNeverExpires = false;
  }
  const { packets } = await openpgp.createMessage({ binary: data });
  // Its types lack the last argument.
  const sign = signature.sign.bind(signature) as (...all: unknown[]) => Promise<void>;
  const config = { ...openpgp.config, nonDeterministicSignaturesViaNotation: false };
  await sign(keyPacket, packets[0], options.created ?? new Date('2021-06-01T00:00:00Z'), true, config);
  const list = new openpgp.PacketList<openpgp.SignaturePacket>();
  list.push(signature);
  return list.write();
}

export async function signInClear(vendor: Vendor, text: string): Promise<string> {
  const message = await openpgp.createCleartextMessage({ text });
  const signed = await openpgp.sign({ message, signingKeys: vendor.secret, date: new Date('2021-06-01T00:00:00Z') });
  return signed.replaceAll('\r\n', '\n');
}

/** What a check ended with: the code of its failure, or what it found. */
export async function outcome<T>(check: Promise<T>): Promise<T | string> {
  try {
    return await check;
  } catch (error) {
    return (error as { code?: string }).code ?? `no code: ${String(error)}`;
  }
}
