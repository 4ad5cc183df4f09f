import { describe, expect, it } from 'vitest';

import { Growth } from '../../../src/download/transfer/growth.ts';

/** Lets seconds pass, with as many connections as are wanted (or as can be had), at a rate that depends on them. */
function drive(
  { start = 1, most = 16, atMost = Infinity }: { start?: number; most?: number; atMost?: number },
  rateOf: (connections: number, second: number) => number,
  mayGrow: (second: number) => boolean = () => true,
): { run(seconds: number): number[] } {
  let ms = 0;
  let bytes = 0;
  const growth = new Growth(() => ms, start, most);
  return {
    run(seconds) {
      const targets: number[] = [];
      for (const end = ms + seconds * 1000; ms < end;) {
        const active = Math.min(growth.target, atMost);
        ms += 250;
        bytes += rateOf(active, ms / 1000) / 4;
        growth.update(active, bytes, mayGrow(ms / 1000));
        targets.push(growth.target);
      }
      return targets;
    },
  };
}

const shareOf = (targets: readonly number[], target: number): number =>
  targets.filter((one) => one === target).length / targets.length;

describe('the number of connections', () => {
  it('is multiplied as long as that makes the whole faster', () => {
    expect(
      drive({}, (count) => count * 1000)
        .run(10)
        .at(-1),
    ).toBe(16);
    expect(
      drive({ most: 6 }, (count) => count * 1000)
        .run(10)
        .at(-1),
    ).toBe(6);
  });

  it('goes back after a trial in vain, and trials become rare', () => {
    const transfer = drive({}, () => 1000);
    const first = transfer.run(60);
    expect(new Set(first).size).toBe(2);
    expect(shareOf(first, 1)).toBeGreaterThan(0.7);
    expect(shareOf(transfer.run(600), 1)).toBeGreaterThan(0.95);
  });

  it('is not tried while nothing comes', () => {
    let ms = 0;
    const growth = new Growth(() => ms, 1, 16);
    const targets: number[] = [];
    // At first something comes, then nothing for a while.
    for (; ms <= 2000; ms += 50) {
      growth.update(1, Math.min(ms, 150) * 1000, true);
      targets.push(growth.target);
    }
    expect(new Set(targets)).toEqual(new Set([1]));
    for (; ms <= 4000; ms += 50) growth.update(1, ms * 1000, true);
    expect(growth.target).toBe(4);
  });

  it('is tried again later', () => {
    const transfer = drive({}, (count, second) => (second < 20 ? 1000 : count * 1000));
    expect(shareOf(transfer.run(19), 1)).toBeGreaterThan(0.5);
    expect(transfer.run(120).at(-1)).toBe(16);
  });

  it('stops where more are worth less than a little', () => {
    expect(shareOf(drive({}, (count) => Math.min(count, 4) * 1000).run(60), 4)).toBeGreaterThan(0.7);
    expect(shareOf(drive({}, (count) => 1000 + count * 10).run(60), 1)).toBeGreaterThan(0.7);
  });

  it('stays as it is while a limit, the disk or the end of the file makes measuring pointless', () => {
    const transfer = drive(
      { start: 2 },
      (count) => count * 1000,
      (second) => second > 10,
    );
    expect(new Set(transfer.run(10))).toEqual(new Set([2]));
    expect(transfer.run(10).at(-1)).toBe(16);
  });

  it('does not run ahead of what hosts allow', () => {
    expect(Math.max(...drive({ atMost: 3 }, (count) => count * 1000).run(30))).toBe(4);
  });

  it('is judged by what those bring that were added, however long they take to begin', () => {
    let [ms, bytes] = [0, 0];
    const growth = new Growth(() => ms, 3, 16);
    for (; ms < 10_000; ms += 250) {
      const isBegun = ms >= 2500;
      bytes += isBegun ? growth.target * 250 : 3 * 250;
      growth.update(growth.target, bytes, true, isBegun ? 0 : growth.target - 3);
    }
    expect(growth.target).toBe(16);
  });

  it('is tried again at once when what was enough is not any more', () => {
    const transfer = drive({ start: 3 }, (count, second) => (second < 4 ? 9000 : count * 1000));
    expect(transfer.run(4).at(-1)).toBe(3);
    expect(Math.max(...transfer.run(2))).toBe(12);
  });

  it('is not waited for in vain', () => {
    let [ms, bytes] = [0, 0];
    const growth = new Growth(() => ms, 3, 16);
    for (; ms < 6_000; ms += 250) growth.update(growth.target, (bytes += 750), true, growth.target - 3);
    expect(growth.target).toBe(3);
  });

  it('goes to as many mirrors as there are before any gets a second one', () => {
    let [ms, bytes] = [0, 0];
    const growth = new Growth(() => ms, 3, 16, 10);
    const targets = new Set<number>();
    for (; ms < 10_000; ms += 250) {
      growth.update(growth.target, (bytes += growth.target * 250), true);
      targets.add(growth.target);
    }
    expect([...targets]).toEqual([3, 10, 16]);
  });

  it('starts with no more than are allowed', () => {
    expect(new Growth(() => 0, 3, 2).target).toBe(2);
  });
});
