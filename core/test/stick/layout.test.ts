import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isLoopstickError } from '../../src/engine/errors.ts';
import { dataBytesFor, minimumSize, planLayout, SECTOR } from '../../src/stick/layout.ts';

const MIB = 1024 * 1024;
const sizes = fc.array(fc.integer({ min: 0, max: 8 * 1024 * MIB }), { maxLength: 20 });

describe('planLayout', () => {
  it('gives partitions in order, aligned, without overlap, and inside the disk', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 64 * 1024 * MIB }), (files, extra) => {
        const total = minimumSize(files) + extra;
        const { totalSectors, biosBoot, esp, data } = planLayout('stick', total, files);
        const parts = [biosBoot, esp, data];
        let free = 34;
        for (const { start, sectors } of parts) {
          expect(start).toBeGreaterThanOrEqual(free);
          expect(start % 2048).toBe(0);
          expect(sectors % 2048).toBe(0);
          expect(sectors).toBeGreaterThan(0);
          free = start + sectors;
        }
        // The backup table takes the last 33 sectors.
        expect(free).toBeLessThanOrEqual(totalSectors - 33);
        expect(data.sectors * SECTOR).toBeGreaterThanOrEqual(dataBytesFor(files));
      }),
    );
  });

  it('refuses what does not fit, by one byte', () => {
    fc.assert(
      fc.property(sizes, (files) => {
        expect(() => planLayout('stick', minimumSize(files) - 1, files)).toThrow(
          expect.toSatisfy((error) => isLoopstickError(error, 'STICK_TOO_SMALL')) as Error,
        );
      }),
    );
  });

  it('keeps the EFI system partition as it is for little, and lets it grow for much', () => {
    const esp = (...espSizes: number[]): number =>
      planLayout('stick', minimumSize([], espSizes), [], espSizes).esp.sectors * SECTOR;
    expect(esp()).toBe(128 * MIB);
    expect(esp(96 * MIB)).toBe(128 * MIB);
    fc.assert(
      fc.property(sizes, (files) => {
        const needed = files.reduce((sum, size) => sum + Math.ceil(size / 1024) * 1024, 0);
        expect(esp(...files)).toBeGreaterThan(needed);
      }),
    );
    expect(() => planLayout('stick', minimumSize([], [500 * MIB]) - 1, [], [500 * MIB])).toThrow(
      expect.toSatisfy((error) => isLoopstickError(error, 'STICK_TOO_SMALL')) as Error,
    );
  });

  it('leaves room for more than the files alone', () => {
    fc.assert(fc.property(sizes, (files) => dataBytesFor(files) > files.reduce((a, b) => a + b, 0)));
  });
});
