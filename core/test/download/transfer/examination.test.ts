/** Who is asked for what when a file is wrong, and who is believed. */
import { crc32 } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PieceMap } from '../../../src/download/part/piece-map.ts';
import { Examination } from '../../../src/download/transfer/examination.ts';

const MIB = 1024 * 1024;
const RIGHT = 7;

/** What each origin has in each piece, as one number that stands for its bytes. */
type Holdings = readonly (readonly number[])[];

interface Outcome {
  /** What is in the file. */
  readonly file: readonly number[];
  /** Bytes that were asked for. */
  readonly asked: number;
  readonly wrong: ReadonlySet<number>;
}

const bytesOf = (value: number, start: number, end: number): Buffer => Buffer.alloc(end - start, value);

/** Asks until nothing is left, or the file is right; every origin answers at once, one after the other. */
function examined(holdings: Holdings, senders: readonly number[], believed?: number): Outcome {
  const map = new PieceMap(senders.length * MIB, MIB);
  const file = senders.map((sender, piece) => holdings[sender]?.[piece] ?? 0);
  for (const [piece, sender] of senders.entries()) {
    map.accept(piece, MIB, sender, crc32(bytesOf(file[piece] ?? 0, 0, MIB)));
    map.wrote(piece * MIB, (piece + 1) * MIB);
  }
  const examination = new Examination(map, () => 0.5);
  const take = (replacements: ReturnType<Examination['heard']>): void => {
    for (const { piece, origin, bytes } of replacements) {
      map.drop(piece);
      map.accept(piece, MIB, origin, crc32(bytes));
      map.wrote(piece * MIB, (piece + 1) * MIB);
      file[piece] = bytes[0] ?? 0;
    }
  };
  if (believed !== undefined) take(examination.believe(believed));
  let asked = 0;
  for (let isChanged = true; isChanged && file.some((value) => value !== RIGHT);) {
    examination.call(holdings.keys());
    while (!examination.isOver) {
      for (const [origin, holding] of holdings.entries()) {
        const question = examination.next(origin);
        if (question === undefined) continue;
        const { piece, start, end } = question;
        asked += end - start;
        take(
          examination.heard(
            question,
            origin,
            bytesOf(file[piece] ?? 0, 0, MIB),
            bytesOf(holding[piece] ?? 0, start, end),
          ),
        );
      }
    }
    isChanged = examination.isChanged;
    examination.judged();
  }
  const wrong = new Set(
    examination.evidence.flatMap(({ piece, sender, crc }) => (crc === map.crcOf(piece) ? [] : [sender])),
  );
  return { file, asked, wrong };
}

/** Every origin has the file, except one in these pieces. */
function withLiar(origins: number, pieces: number, liar: number, wrongAt: readonly number[]): Holdings {
  return Array.from({ length: origins }, (_, origin) =>
    Array.from({ length: pieces }, (__, piece) => (origin === liar && wrongAt.includes(piece) ? 1 : RIGHT)),
  );
}

const sharedBy = (origins: number, pieces: number): number[] =>
  Array.from({ length: pieces }, (_, piece) => piece % origins);

describe('one of several who has wrong bytes', () => {
  it('is found wherever they are, and nobody else is', () => {
    const cases = fc.record({
      origins: fc.integer({ min: 3, max: 5 }),
      liar: fc.integer({ min: 0, max: 2 }),
      wrongAt: fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { minLength: 1 }),
    });
    fc.assert(
      fc.property(cases, ({ origins, liar, wrongAt }) => {
        const { file, wrong, asked } = examined(withLiar(origins, 12, liar, wrongAt), sharedBy(origins, 12));
        expect(file.every((value) => value === RIGHT)).toBe(true);
        expect([...wrong].every((origin) => origin === liar)).toBe(true);
        // Each piece once more, and samples.
        expect(asked).toBeLessThan(13 * MIB + 12 * 64 * 1024);
      }),
      { numRuns: 40 },
    );
  });

  it('who has another file altogether costs little more than what it sent', () => {
    const wrongAt = Array.from({ length: 40 }, (_, piece) => piece);
    const { file, wrong, asked } = examined(withLiar(4, 40, 1, wrongAt), sharedBy(4, 40));
    expect(file.every((value) => value === RIGHT)).toBe(true);
    expect(wrong).toEqual(new Set([1]));
    expect(asked).toBeLessThan(16 * MIB);
  });
});

describe('of two who differ', () => {
  const holdings = withLiar(2, 12, 0, [2, 4]);

  it('nobody is believed, and not much is asked', () => {
    const { file, asked } = examined(holdings, sharedBy(2, 12));
    expect(file.filter((value) => value !== RIGHT)).toHaveLength(2);
    expect(asked).toBeLessThanOrEqual(12 * MIB);
  });

  it('one can be given the chance to have it right, for what it did not send', () => {
    const { file, asked, wrong } = examined(holdings, sharedBy(2, 12), 1);
    expect(file.every((value) => value === RIGHT)).toBe(true);
    expect(asked).toBe(6 * MIB);
    expect(wrong).toEqual(new Set([0]));
  });
});

describe('a file that all have', () => {
  it('is asked for until three agree, and not of all', () => {
    const holdings = Array.from({ length: 6 }, () => Array.from({ length: 12 }, () => 1));
    const { asked, wrong } = examined(holdings, sharedBy(6, 12));
    expect(asked).toBeLessThanOrEqual(2 * 12 * MIB);
    expect(wrong.size).toBe(0);
  });
});

describe('a piece of which another one has other bytes', () => {
  /** What is to be written when a third one has been asked, and whose bytes have been wrong. */
  function voted(third: number) {
    const map = new PieceMap(MIB, MIB);
    const here = bytesOf(RIGHT, 0, MIB);
    map.accept(0, MIB, 0, crc32(here));
    map.wrote(0, MIB);
    const examination = new Examination(map, () => 0.5);
    examination.call([0, 1, 2]);
    const whole = examination.next(1)!;
    expect(examination.heard(whole, 1, here, bytesOf(1, 0, MIB))).toEqual([]);
    const part = examination.next(2)!;
    const written = examination.heard(part, 2, here, bytesOf(third, part.start, part.end));
    return { written: written.map(({ origin }) => origin), senders: examination.evidence.map(({ sender }) => sender) };
  }

  it('stays when a third one has what is here', () => {
    expect(voted(RIGHT)).toEqual({ written: [], senders: [1] });
  });

  it('is replaced when a third one has the same as the other one', () => {
    expect(voted(1)).toEqual({ written: [1], senders: [0] });
  });

  it('stays for the time being when a third one has something else again', () => {
    expect(voted(2)).toEqual({ written: [], senders: [] });
  });
});
