import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeSlot, encodeSlot, LARGEST_SLOT, MIXED, NONE } from '../../../src/download/part/resume-codec.ts';
import { anyState, resumeState } from './resume-states.ts';

/** A slot that says something else and whose checksum is right all the same. */
function forged(change: (slot: Buffer) => void): Buffer {
  const slot = encodeSlot(resumeState(), 1);
  change(slot);
  slot.fill(0, 32, 64);
  createHash('sha256').update(slot).digest().copy(slot, 32);
  return slot;
}

describe('a slot of a resume file', () => {
  it('says what was put into it, whatever that is', () => {
    fc.assert(
      fc.property(anyState, fc.nat(0xffff_ffff), (state, generation) => {
        const slot = encodeSlot(state, generation);
        expect(slot.length % 4096).toBe(0);
        expect(decodeSlot(slot)).toEqual({ generation, state });
      }),
      { numRuns: 200 },
    );
  });

  it('is laid out as documented', () => {
    const slot = encodeSlot(resumeState(), 0xfedc_ba98);
    expect(slot.length).toBe(65_536 + 4096);
    expect(slot.toString('latin1', 0, 8)).toBe('LOOPRESU');
    expect(slot.toString('hex', 8, 16)).toBe('01000000' + '98badcfe');
    const length = slot.readUInt32LE(16);
    expect(JSON.parse(slot.toString('utf8', 64, 64 + length))).toMatchObject({ size: 2_500_000, clean: false });
    expect(slot.toString('hex', 20, 32)).toBe('03000000' + '0000000000000000');
    expect(slot.toString('hex', 65_536, 65_536 + 30)).toBe(
      '00001000' + '05000000' + '00000000' + 'ffffffff' + '07000000' + '00000000' + '0000' + 'ffff' + 'feff',
    );
  });

  it('is not believed with any bit changed', () => {
    const slot = encodeSlot(resumeState(), 1);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(slot.length * 8 - 1), { minLength: 1, maxLength: 5 }), (bits) => {
        const changed = Buffer.from(slot);
        for (const bit of bits) changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(decodeSlot(changed)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, (slot: Buffer) => void]>([
    ['of a newer format', (slot) => slot.writeUInt32LE(2, 8)],
    ['of something else', (slot) => slot.write('LOOPSTIK', 0, 'latin1')],
    ['with a head that is longer than its place', (slot) => slot.writeUInt32LE(65_536, 16)],
    ['with a head that is no JSON', (slot) => slot.writeUInt32LE(20, 16)],
    ['with a head that lacks something', (slot) => slot.write('{"size":1}', 64) && slot.writeUInt32LE(10, 16)],
    ['with more pieces than the file has', (slot) => slot.writeUInt32LE(4, 20)],
    ['with more pieces than any file has', (slot) => slot.writeUInt32LE(0xffff_ffff, 20)],
    ['with a piece that holds more than its length', (slot) => slot.writeUInt32LE(1_048_577, 65_536)],
    ['with a last piece that holds more than its length', (slot) => slot.writeUInt32LE(402_849, 65_536 + 8)],
    ['with an origin that is not listed', (slot) => slot.writeUInt16LE(1, 65_536 + 24)],
  ])('is not believed %s', (_, change) => {
    expect(decodeSlot(forged(() => undefined))).toBeDefined();
    expect(decodeSlot(forged(change))).toBeUndefined();
  });

  it('keeps what fits when there are too many addresses, and does not confuse them', () => {
    const origins = Array.from({ length: 100 }, (_, index) => ({
      // The second is longer than any address that is kept.
      url: `https://${index}.example/${'x'.repeat(index === 1 ? 5000 : 900)}`,
    }));
    const urls = Array.from({ length: 100 }, (_, index) => `https://${index}.example/${'y'.repeat(900)}`);
    const pieces = {
      fill: new Uint32Array(100).fill(1),
      crc: new Uint32Array(100),
      origin: Uint16Array.from(origins.keys()),
    };
    const state = decodeSlot(encodeSlot(resumeState({ size: 100, pieceSize: 1, origins, urls, pieces }), 1))?.state;
    expect(state?.origins).toHaveLength(64);
    expect(state?.urls.length).toBeGreaterThan(0);
    expect(state?.urls).toEqual(urls.slice(0, state?.urls.length));
    const from = Array.from(state?.pieces.origin ?? [], (index) => state?.origins[index]?.url);
    expect(from.slice(0, 65)).toEqual(
      origins.slice(0, 65).map((origin, index) => (index === 1 ? undefined : origin.url)),
    );
    expect(state?.pieces.origin[1]).toBe(MIXED);
    expect(new Set(state?.pieces.origin.slice(65))).toEqual(new Set([MIXED]));
  });

  it('has a limit', () => {
    const count = 65_536;
    const pieces = {
      fill: new Uint32Array(count),
      crc: new Uint32Array(count),
      origin: new Uint16Array(count).fill(NONE),
    };
    expect(encodeSlot(resumeState({ size: count, pieceSize: 1, pieces }), 1)).toHaveLength(LARGEST_SLOT);
  });

  it.each([
    ['a table of another file', { size: 1 }],
    ['more bytes than a piece has', { size: 1_500_000, pieceSize: 524_288 }],
    ['bytes that nobody sent', { origins: [] }],
  ])('does not take %s', (_, changes) => {
    expect(() => encodeSlot(resumeState(changes), 1)).toThrow(RangeError);
  });
});
