import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PieceMap } from '../../../src/download/part/piece-map.ts';
import { Leases, type Lease } from '../../../src/download/transfer/lease.ts';

const PIECE = 100;

/** As a connection would: accepts and writes up to so many bytes of a lease. */
function fill(map: PieceMap, lease: Lease, length: number): void {
  for (let left = Math.min(length, lease.left); left > 0;) {
    const piece = map.pieceAt(lease.at);
    const step = Math.min(left, map.endOf(piece) - lease.at);
    map.accept(piece, step, 0, 0);
    map.wrote(lease.at, lease.at + step);
    lease.at += step;
    left -= step;
  }
}

function taken(leases: Leases, length: number): Lease {
  const lease = leases.take(length);
  if (lease === undefined) throw new Error('nothing is free');
  return lease;
}

describe('leases', () => {
  test('begin with the first gap and go on where a piece was left', () => {
    const map = new PieceMap(1000, PIECE);
    const leases = new Leases(map);
    const first = taken(leases, 250);
    expect([first.at, first.end]).toEqual([0, 300]);
    fill(map, first, 130);
    leases.release(first);
    const next = leases.take(1000);
    expect([next?.at, next?.end]).toEqual([130, 1000]);
  });

  test('end before a piece that somebody has begun', () => {
    const map = new PieceMap(1000, PIECE);
    const leases = new Leases(map);
    map.accept(3, 10, 0, 0);
    map.wrote(300, 310);
    expect(leases.take(1000)?.end).toBe(300);
    expect(leases.take(1000)?.at).toBe(310);
  });

  test('of the end are the last of what is free', () => {
    const map = new PieceMap(1000, PIECE);
    const leases = new Leases(map);
    map.accept(5, 10, 0, 0);
    map.wrote(500, 510);
    const ends = [250, 250, 250, 250].map((length) => leases.takeLast(length));
    expect(ends.map((lease) => [lease?.at, lease?.end])).toEqual([
      [700, 1000],
      [510, 700],
      [200, 500],
      [0, 200],
    ]);
    expect(leases.takeLast(1)).toBeUndefined();
  });

  test('are cut at whole pieces, and never where bytes have been accepted', () => {
    const map = new PieceMap(1000, PIECE);
    const leases = new Leases(map);
    const victim = taken(leases, 1000);
    fill(map, victim, 450);
    const thief = leases.cut(victim, 610);
    expect([victim.end, thief?.at, thief?.end]).toEqual([700, 700, 1000]);
    fill(map, victim, 170);
    expect(leases.cut(victim, 610)).toBeUndefined();
  });

  test('cover every gap and never overlap, whatever is taken, cut, shortened, filled and given back', () => {
    const step = fc.record({
      act: fc.constantFrom('take', 'cut', 'shorten', 'fill', 'release'),
      which: fc.nat(10),
      amount: fc.nat(1200),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1200 }), fc.array(step, { maxLength: 80 }), (size, steps) => {
        const map = new PieceMap(size, PIECE);
        const leases = new Leases(map);
        const held: Lease[] = [];
        for (const { act, which, amount } of steps) {
          const lease = held[which % Math.max(1, held.length)];
          if (act === 'take') {
            const free = leases.take(amount);
            if (free !== undefined) held.push(free);
          } else if (lease !== undefined) {
            if (act === 'cut') {
              const rest = leases.cut(lease, amount);
              if (rest !== undefined) held.push(rest);
            }
            if (act === 'shorten') leases.shorten(lease, Math.max(lease.at, amount));
            if (act === 'fill') fill(map, lease, amount);
            if (act === 'release') {
              leases.release(lease);
              held.splice(held.indexOf(lease), 1);
            }
          }
          const inOrder = [...held].filter(({ left }) => left > 0).sort((a, b) => a.at - b.at);
          for (const [index, { end }] of inOrder.entries()) {
            expect(end).toBeLessThanOrEqual(inOrder[index + 1]?.at ?? size);
          }
        }
        for (const lease of held) leases.release(lease);
        for (let lease = leases.take(Infinity); lease !== undefined; lease = leases.take(Infinity)) {
          fill(map, lease, lease.left);
          leases.release(lease);
        }
        expect(map.complete).toBe(true);
        expect(leases.allGiven).toBe(true);
      }),
    );
  });
});
