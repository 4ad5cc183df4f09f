import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';

import type { SignatureRequest } from '../../../src/verify/signature/check-signatures.ts';
import type { TrustedKey } from '../../../src/verify/signature/trusted-key.ts';
import { verifyClearsigned, verifyDetached } from '../../../src/verify/signature/verify-signature.ts';
import {
  FEDORA_37,
  FEDORA_38,
  fixture,
  makeVendor,
  NOW,
  outcome,
  request,
  signDetached,
  signInClear,
  signRaw,
  trust,
  UBUNTU,
  vendorKey,
} from './support.ts';

const LIST = Buffer.from(`${'ab'.repeat(32)} *example.iso\n`);
const DAY_MS = 24 * 60 * 60 * 1000;
const CREATED = new Date('2021-06-01T00:00:00Z');

const check = (signature: Uint8Array, ...keys: readonly TrustedKey[]): Promise<unknown> =>
  outcome(verifyDetached(LIST, signature, request(...keys)));

describe('several signatures', () => {
  it('need one good one by a pinned key, and no bad one by a pinned key', async () => {
    const [vendor, second] = [await makeVendor(), await makeVendor()];
    const good = await signDetached(vendor, LIST);
    const also = await signDetached(second, LIST, new Date('2021-07-01T00:00:00Z'));
    const bad = await signDetached(second, Buffer.from('another list'));
    const found = { key: vendor.trusted.fingerprint, created: CREATED };
    expect(await check(good, vendor.trusted)).toEqual(found);
    for (const both of [Buffer.concat([good, bad]), Buffer.concat([bad, good])]) {
      expect(await check(both, vendor.trusted)).toEqual(found);
      expect(await check(both, vendor.trusted, second.trusted)).toBe('SIGNATURE_BAD');
    }
    // Of two good ones, the newest.
    const newest = { key: second.trusted.fingerprint, created: new Date('2021-07-01T00:00:00Z') };
    expect(await check(Buffer.concat([good, also]), vendor.trusted, second.trusted)).toEqual(newest);
    expect(await check(Buffer.concat([also, good]), vendor.trusted, second.trusted)).toEqual(newest);
    expect(await check(Buffer.concat(Array.from({ length: 17 }, () => good)), vendor.trusted)).toBe(
      'SIGNATURE_MALFORMED',
    );
  });

  it('may have one of a kind that is not known', async () => {
    const vendor = await makeVendor();
    const good = await signDetached(vendor, LIST);
    const unknown = Uint8Array.from([0xc2, 10, 3, 5, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(await check(Buffer.concat([unknown, good]), vendor.trusted)).toMatchObject({ created: CREATED });
    expect(await check(unknown, vendor.trusted)).toBe('SIGNATURE_MALFORMED');
  });
});

describe('whose a signature is', () => {
  it('is asked of the pinned keys only', async () => {
    const [vendor, other] = [await makeVendor(), await makeVendor()];
    const signature = await signDetached(other, LIST);
    expect(await check(signature, vendor.trusted)).toBe('SIGNATURE_UNKNOWN_KEY');
    expect(await check(signature)).toBe('SIGNATURE_UNKNOWN_KEY');
    // In the same keyring, but not pinned.
    const ring = Buffer.concat([vendor.trusted.material, other.trusted.material]);
    expect(await check(signature, { ...vendor.trusted, material: ring })).toBe('SIGNATURE_UNKNOWN_KEY');
    expect(await check(signature, { ...other.trusted, material: ring })).toMatchObject({
      key: other.trusted.fingerprint,
    });
    await expect(verifyDetached(LIST, signature, request(vendor.trusted))).rejects.toThrow(other.trusted.fingerprint);
  });

  it('is told by the fingerprint in it, more than by the short name', async () => {
    const [vendor, other] = [await makeVendor(), await makeVendor()];
    const signature = await openpgp.readSignature({ binarySignature: await signDetached(other, LIST) });
    // The short name, where it is not signed, comes last: RFC 9580, section 5.2.3.12.
    const body = Buffer.from(vendor.trusted.fingerprint.slice(-16), 'hex');
    signature.packets[0]!.unhashedSubpackets.push({ type: 16, critical: false, body });
    const named = signature.write() as Uint8Array;
    expect(await check(named, vendor.trusted)).toBe('SIGNATURE_UNKNOWN_KEY');
  });

  it('may be told of a subkey that is bound to the pinned key for signing', async () => {
    const vendor = await makeVendor({ subkeys: [{ sign: true }] });
    const other = await makeVendor({ subkeys: [{ sign: true }] });
    const signature = await signDetached(vendor, LIST);
    expect(await check(signature, vendor.trusted)).toEqual({ key: vendor.trusted.fingerprint, created: CREATED });
    // The subkey of one vendor, put under the key of another.
    const packets = new openpgp.PacketList<openpgp.AnyPacket>();
    packets.push(...other.secret.toPublic().toPacketList(), ...vendor.secret.toPublic().toPacketList().slice(-2));
    const grafted = trust(new openpgp.PublicKey(packets));
    expect(grafted.fingerprint).toBe(other.trusted.fingerprint);
    expect(await check(signature, grafted)).toBe('SIGNATURE_KEY_INVALID');
    // A subkey that is for something else.
    const rsa = await makeVendor({ type: 'rsa', rsaBits: 2048, subkeys: [{}] });
    expect(await check(await signRaw(rsa.secret.subkeys[0]!, LIST, {}), rsa.trusted)).toBe('SIGNATURE_KEY_INVALID');
    // A subkey that its owner took back.
    const revoked = await openpgp.readKey({ binaryKey: vendor.secret.write() });
    const [subkey] = revoked.subkeys;
    revoked.subkeys = [await subkey!.revoke(vendor.secret.keyPacket as openpgp.SecretKeyPacket)];
    expect(await check(signature, trust(revoked))).toBe('SIGNATURE_KEY_REVOKED');
  });
});

describe('key material', () => {
  const ring = fixture('keys/ubuntu-archive-keyring.gpg');
  const beta = fixture('fedora/Fedora-Workstation-38_Beta-1.3-x86_64-CHECKSUM');
  const manyOthers = Array.from({ length: 700 }, () => Buffer.from(`\n${FEDORA_37.material.toString()}`));

  it.each([
    ['another key', { ...FEDORA_38, material: FEDORA_37.material }],
    ['nothing', { ...FEDORA_38, material: new Uint8Array() }],
    ['half a key', { ...FEDORA_38, material: FEDORA_38.material.subarray(0, 800) }],
    ['half a keyring', { ...UBUNTU, material: ring.subarray(0, 5000) }],
    ['the key twice', { ...UBUNTU, material: Buffer.concat([ring, ring]) }],
    ['a text', { ...FEDORA_38, material: beta }],
    ['too much', { ...FEDORA_38, material: Buffer.concat([FEDORA_38.material, ...manyOthers]) }],
    ['a key of which only the end of the fingerprint is pinned', { ...FEDORA_38, fingerprint: '809A8D7CEB10B464' }],
  ])('with %s is refused', async (_, key) => {
    expect(await outcome(verifyClearsigned(beta, request(key)))).toBe('SIGNATURE_KEY_INVALID');
  });

  it('without a signature of the key on itself is refused: nobody knows how long it is good', async () => {
    const vendor = await makeVendor();
    const packets = new openpgp.PacketList<openpgp.AnyPacket>();
    packets.push(...vendor.secret.toPublic().toPacketList().slice(0, 2));
    const bare = trust(new openpgp.PublicKey(packets));
    expect(await check(await signDetached(vendor, LIST), bare)).toBe('SIGNATURE_KEY_INVALID');
  });

  it('may be several armours in one file', async () => {
    const both = { ...FEDORA_38, material: Buffer.concat([FEDORA_37.material, Buffer.from('\n'), FEDORA_38.material]) };
    expect(await outcome(verifyClearsigned(beta, request(both)))).toMatchObject({ key: FEDORA_38.fingerprint });
  });
});

describe('a key that has expired', () => {
  const lifetime = { keyExpirationTime: (365 * DAY_MS) / 1000 };

  it('signs no more, unless its plugin lets signatures of before count', async () => {
    const vendor = await makeVendor(lifetime);
    const before = await signDetached(vendor, LIST, new Date('2020-06-01T00:00:00Z'));
    const after = await signRaw(vendor.secret, LIST, { created: new Date('2021-06-01T00:00:00Z') });
    const old = { ...vendor.trusted, expired: 'before-expiry' as const };
    expect(await check(before, vendor.trusted)).toBe('SIGNATURE_KEY_EXPIRED');
    expect(await check(before, { ...vendor.trusted, expired: 'refuse' })).toBe('SIGNATURE_KEY_EXPIRED');
    expect(await check(before, old)).toMatchObject({ created: new Date('2020-06-01T00:00:00Z') });
    expect(await check(after, old)).toBe('SIGNATURE_KEY_EXPIRED');
    // While it is valid.
    const then = { keys: [vendor.trusted], now: new Date('2020-12-01T00:00:00Z') };
    expect(await outcome(verifyDetached(LIST, before, then))).toMatchObject({ key: vendor.trusted.fingerprint });
  });

  it('is one whose subkey has, too', async () => {
    const vendor = await makeVendor({ subkeys: [{ sign: true, ...lifetime }] });
    const before = await signDetached(vendor, LIST, new Date('2020-06-01T00:00:00Z'));
    expect(await check(before, vendor.trusted)).toBe('SIGNATURE_KEY_EXPIRED');
    expect(await check(before, { ...vendor.trusted, expired: 'before-expiry' })).toMatchObject({
      key: vendor.trusted.fingerprint,
    });
  });
});

describe('a key that was revoked', () => {
  it('counts for nothing, whatever the reason and the date', async () => {
    const vendor = await makeVendor();
    const signature = await signDetached(vendor, LIST);
    for (const flag of [
      openpgp.enums.reasonForRevocation.keyCompromised,
      openpgp.enums.reasonForRevocation.keyRetired,
    ]) {
      const { publicKey } = await openpgp.revokeKey({
        key: vendor.secret,
        reasonForRevocation: { flag },
        date: new Date('2022-01-01T00:00:00Z'),
        format: 'object',
      });
      expect(await check(signature, trust(publicKey))).toBe('SIGNATURE_KEY_REVOKED');
      expect(await check(signature, { ...trust(publicKey), expired: 'before-expiry' })).toBe('SIGNATURE_KEY_REVOKED');
    }
  });
});

describe('the time of a signature', () => {
  const at = async (created: Date, more: Partial<SignatureRequest> = {}): Promise<unknown> => {
    const vendor = await makeVendor();
    const signature = await signDetached(vendor, LIST, created);
    return outcome(verifyDetached(LIST, signature, { keys: [vendor.trusted], now: NOW, ...more }));
  };

  it('is not before that of the newest seen', async () => {
    expect(await at(CREATED, { notBefore: CREATED })).toMatchObject({ created: CREATED });
    expect(await at(CREATED, { notBefore: new Date(CREATED.getTime() + 1000) })).toBe('SIGNATURE_OUTDATED');
  });

  it('is not to come, but for clocks that differ by a day', async () => {
    expect(await at(new Date(NOW.getTime() + DAY_MS))).toMatchObject({ created: new Date(NOW.getTime() + DAY_MS) });
    expect(await at(new Date(NOW.getTime() + DAY_MS + 1000))).toBe('SIGNATURE_IN_FUTURE');
  });

  it('is not before that of its key', async () => {
    const vendor = await makeVendor();
    const created = new Date('2019-12-31T00:00:00Z');
    expect(await check(await signRaw(vendor.secret, LIST, { created }), vendor.trusted)).toBe('SIGNATURE_BAD');
  });

  it('may have an end', async () => {
    const vendor = await makeVendor();
    const signature = await signRaw(vendor.secret, LIST, { expires: DAY_MS / 1000 });
    expect(await check(signature, vendor.trusted)).toBe('SIGNATURE_EXPIRED');
    const then = { keys: [vendor.trusted], now: new Date(CREATED.getTime() + DAY_MS - 1000) };
    expect(await outcome(verifyDetached(LIST, signature, then))).toMatchObject({ created: CREATED });
  });
});

describe('a weak signature', () => {
  it('does not count when it is of a text in SHA-1, and spoils nothing', async () => {
    const vendor = await makeVendor({ type: 'rsa', rsaBits: 2048 });
    const weak = await signRaw(vendor.secret, LIST, { hash: openpgp.enums.hash.sha1 });
    expect(await check(weak, vendor.trusted)).toBe('SIGNATURE_TOO_WEAK');
    const good = await signDetached(vendor, LIST);
    expect(await check(Buffer.concat([weak, good]), vendor.trusted)).toMatchObject({ created: CREATED });
  });

  it('does not count when it is by a short RSA key', async () => {
    const vendor = await makeVendor({ type: 'rsa', rsaBits: 1024, config: { minRSABits: 1024 } });
    expect(await check(await signRaw(vendor.secret, LIST, {}), vendor.trusted)).toBe('SIGNATURE_TOO_WEAK');
  });

  it('does not count when it is by a DSA key, as Ubuntu had until 2012, and spoils nothing', async () => {
    const list = fixture('ubuntu-releases-20.04.1/SHA256SUMS');
    const good = fixture('ubuntu-releases-20.04.1/SHA256SUMS.gpg').toString();
    const dsa = vendorKey('C5986B4F1257FFA86632CBA746181433FBB75451', 'ubuntu-archive-keyring.gpg');
    // Version 4, binary, DSA, SHA-256, of 2020, by that key; two numbers of one byte.
    const created = [6, 5, 2, 0x5f, 0x2c, 0x1a, 0x00].slice(1);
    const body = [4, 0, 17, 8, 0, created.length, ...created, 0, 10, 9, 16, ...Buffer.from('46181433FBB75451', 'hex')];
    const numbers = [0, 0, 0, 8, 0xff, 0, 8, 0xff];
    const packet = Uint8Array.from([0xc2, body.length + numbers.length, ...body, ...numbers]);
    expect(await outcome(verifyDetached(list, packet, request(dsa)))).toBe('SIGNATURE_TOO_WEAK');
    const armoured = `-----BEGIN PGP SIGNATURE-----\n\n${Buffer.from(packet).toString('base64')}\n-----END PGP SIGNATURE-----\n`;
    const both = Buffer.from(`${armoured}${good}`);
    expect(await outcome(verifyDetached(list, both, request(UBUNTU, dsa)))).toMatchObject({ key: UBUNTU.fingerprint });
  });

  it('is not one by an elliptic curve', async () => {
    const vendor = await makeVendor({ type: 'ecc', curve: 'nistP256' });
    expect(await check(await signDetached(vendor, LIST), vendor.trusted)).toMatchObject({ created: CREATED });
    const message = Buffer.from(await signInClear(vendor, 'text'));
    expect(await outcome(verifyClearsigned(message, request(vendor.trusted)))).toMatchObject({ text: 'text' });
  });
});

describe('the kind of a signature', () => {
  const { text, certGeneric, timestamp } = openpgp.enums.signature;

  it('may be that of a text, to which line breaks are all the same', async () => {
    const vendor = await makeVendor();
    const signature = await signRaw(vendor.secret, LIST, { type: text });
    const windows = Buffer.from(LIST.toString().replaceAll('\n', '\r\n'));
    for (const list of [LIST, windows]) {
      const found = await outcome(verifyDetached(list, signature, request(vendor.trusted)));
      expect(found).toMatchObject({ created: CREATED });
    }
    const other = Buffer.from(LIST.toString().replace('.', '-'));
    expect(await outcome(verifyDetached(other, signature, request(vendor.trusted)))).toBe('SIGNATURE_BAD');
  });

  it('is no other: what signs a key or a time signs no list', async () => {
    const vendor = await makeVendor();
    expect(await check(await signRaw(vendor.secret, LIST, { type: timestamp }), vendor.trusted)).toBe(
      'SIGNATURE_MALFORMED',
    );
    const [certification] = vendor.secret.users[0]!.selfCertifications;
    const list = new openpgp.PacketList<openpgp.SignaturePacket>();
    list.push(certification!);
    expect(certification!.signatureType).toBeGreaterThanOrEqual(certGeneric);
    expect(await check(list.write(), vendor.trusted)).toBe('SIGNATURE_MALFORMED');
  });
});
