import { describe, expect, it } from 'vitest';

import { dearmour } from '../../../src/verify/signature/armour.ts';
import { verifyDetached } from '../../../src/verify/signature/verify-signature.ts';
import { fixture, outcome, request, UBUNTU, vendorKey } from './support.ts';

const OPENSUSE = vendorKey('AD485664E901B867051AB15F35A2F86E29B700A4', 'opensuse-2022.asc');
const NAME = 'opensuse/openSUSE-Tumbleweed-NET-x86_64-Snapshot20260929-Media.iso.sha256';
const LIST = fixture(NAME);
const PACKET = dearmour(fixture(`${NAME}.asc`).toString(), 'SIGNATURE')!;
/** Of the packet's header, which the version follows. */
const HEADER = 3;

const check = (
  changed: { packet?: Uint8Array; list?: Uint8Array; key?: typeof OPENSUSE; now?: Date; notBefore?: Date } = {},
): Promise<unknown> => {
  const { packet = PACKET, list = LIST, key = OPENSUSE, ...times } = changed;
  return outcome(verifyDetached(list, packet, { ...request(key), ...times }));
};

const withByte = (at: number, value: number): Uint8Array => {
  const copy = Uint8Array.from(PACKET);
  copy[HEADER + at] = value;
  return copy;
};

describe('a signature of version 3', () => {
  it('counts as it is', async () => {
    expect(await check()).toEqual({ key: OPENSUSE.fingerprint, created: new Date('2026-09-29T22:15:59Z') });
  });

  it('counts for nothing on another text', async () => {
    expect(await check({ list: Buffer.concat([LIST, Buffer.from('\n')]) })).toBe('SIGNATURE_BAD');
  });

  it.each([
    ['another time', 5, 'SIGNATURE_BAD'],
    ['another signature', 100, 'SIGNATURE_BAD'],
    ['another key', 9, 'SIGNATURE_UNKNOWN_KEY'],
  ])('counts for nothing with %s', async (_, at, code) => {
    expect(await check({ packet: withByte(at, (PACKET[HEADER + at] ?? 0) ^ 1) })).toBe(code);
  });

  it.each([
    ['SHA-1', 16, 2, 'SIGNATURE_TOO_WEAK'],
    ['a hash nobody knows', 16, 99, 'SIGNATURE_TOO_WEAK'],
    ['another good hash', 16, 8, 'SIGNATURE_BAD'],
    ['DSA', 15, 17, 'SIGNATURE_MALFORMED'],
    ['ends of lines', 2, 1, 'SIGNATURE_MALFORMED'],
    ['more that is hashed', 1, 6, 'SIGNATURE_MALFORMED'],
    ['a length that is not its own', 19, 0, 'SIGNATURE_MALFORMED'],
  ])('does not get by with %s', async (_, at, value, code) => {
    expect(await check({ packet: withByte(at, value) })).toBe(code);
  });

  it.each(Array.from({ length: 24 }, (_, length) => length))(
    'is nothing when it ends after %i bytes',
    async (length) => {
      const packet = Uint8Array.of(0x89, 0, length, ...PACKET.subarray(HEADER, HEADER + length));
      expect(await check({ packet })).toBe('SIGNATURE_MALFORMED');
    },
  );

  it('is held to what keys and times are held to', async () => {
    expect(await check({ key: UBUNTU })).toBe('SIGNATURE_UNKNOWN_KEY');
    expect(await check({ now: new Date('2031-01-01T00:00:00Z') })).toBe('SIGNATURE_KEY_EXPIRED');
    expect(await check({ now: new Date('2026-09-01T00:00:00Z') })).toBe('SIGNATURE_IN_FUTURE');
    expect(await check({ notBefore: new Date('2026-10-01T00:00:00Z') })).toBe('SIGNATURE_OUTDATED');
  });
});
