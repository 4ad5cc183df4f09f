import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PieceMap, pieceSizeFor } from '../../../src/download/part/piece-map.ts';
import { MIXED, NONE } from '../../../src/download/part/resume-codec.ts';

const PIECE = 1000;

describe('the size of pieces', () => {
  test.each([
    [1, 2 ** 18],
    [2 * 2 ** 30, 2 ** 18],
    [2 * 2 ** 30 + 1, 2 ** 19],
    [8 * 2 ** 30, 2 ** 20],
    [8 * 2 ** 30 + 1, 2 ** 21],
    [100 * 2 ** 30, 2 ** 24],
  ])('of a file of %d bytes is %d', (size, piece) => {
    expect(pieceSizeFor(size)).toBe(piece);
  });
});

describe('a piece map', () => {
  test('counts a piece as done only when all of it is written', () => {
    const map = new PieceMap(2500, PIECE);
    map.accept(2, 500, 0, 7);
    expect([map.isDone(2), map.done]).toEqual([false, 0]);
    map.wrote(2000, 2500);
    expect([map.isDone(2), map.done, map.frontier]).toEqual([true, 500, 0]);
  });

  test('records no piece of which a write is missing', () => {
    const map = new PieceMap(2500, PIECE);
    map.accept(0, 600, 0, 7);
    map.wrote(0, 300);
    map.accept(1, 400, 3, 9);
    map.wrote(1000, 1400);
    const { fill, crc, origin } = map.table();
    expect([[...fill], [...crc], [...origin]]).toEqual([
      [0, 400, 0],
      [0, 9, 0],
      [NONE, 3, NONE],
    ]);
  });

  test('says when several delivered parts of a piece', () => {
    const map = new PieceMap(2500, PIECE);
    map.accept(0, 100, 1, 1);
    map.accept(0, 100, 1, 2);
    expect(map.originOf(0)).toBe(1);
    map.accept(0, 100, 2, 3);
    expect(map.originOf(0)).toBe(MIXED);
  });

  test('moves its frontier back when a piece is dropped', () => {
    const map = new PieceMap(2000, PIECE);
    for (const piece of [0, 1]) map.accept(piece, PIECE, 0, 1);
    map.wrote(0, 2000);
    expect([map.frontier, map.complete]).toEqual([2000, true]);
    map.drop(0);
    expect([map.frontier, map.complete, map.done]).toEqual([0, false, 1000]);
  });

  test('is the same after it was recorded, whatever happened before', () => {
    const step = fc.record({ piece: fc.nat(9), share: fc.double({ min: 0, max: 1, noNaN: true }), drop: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 * PIECE }), fc.array(step, { maxLength: 60 }), (size, steps) => {
        const map = new PieceMap(size, PIECE);
        for (const { piece, share, drop } of steps) {
          if (piece >= map.count) continue;
          if (drop) {
            map.drop(piece);
            continue;
          }
          const room = map.lengthOf(piece) - map.fillOf(piece);
          const length = Math.floor(room * share);
          const start = map.startOf(piece) + map.fillOf(piece);
          if (length === 0) continue;
          map.accept(piece, length, piece % 3, piece + length);
          map.wrote(start, start + length);
        }
        const again = PieceMap.from(size, PIECE, map.table());
        expect(again.table()).toEqual(map.table());
        expect([again.done, again.frontier, again.complete]).toEqual([map.done, map.frontier, map.complete]);
        let sum = 0;
        for (let piece = 0; piece < map.count; piece++) sum += map.fillOf(piece);
        expect(map.done).toBe(sum);
      }),
    );
  });
});
