import { describe, expect, it } from 'vitest';

import { Speed } from '../../../src/download/transfer/speed.ts';

/** Lets steps of 50 ms pass, with so many bytes in each. */
function measured(halfLifeMs: number = 1000): { readonly speed: Speed; pass(ms: number, rate: number): void } {
  let now = 0;
  const speed = new Speed(() => now, halfLifeMs);
  return {
    speed,
    pass(ms, rate) {
      for (const end = now + ms; now < end;) {
        if (rate > 0) speed.add(rate / 20);
        now += 50;
        speed.sample();
      }
    },
  };
}

describe('a speed', () => {
  it('is what has come since the first bytes, however long they took', () => {
    const { speed, pass } = measured();
    pass(700, 0);
    expect(speed.value).toBeUndefined();
    pass(400, 1000);
    expect(speed.value).toBeCloseTo(1000);
  });

  it('is none at all after a second in which nothing came', () => {
    const { speed, pass } = measured();
    pass(2000, 0);
    expect(speed.value).toBe(0);
  });

  it('is not told from a burst', () => {
    const { speed, pass } = measured();
    pass(50, 1_000_000);
    expect(speed.value).toBeUndefined();
  });

  it('forgets what was', () => {
    const { speed, pass } = measured();
    pass(5000, 1000);
    pass(1000, 0);
    expect(speed.value).toBeGreaterThan(400);
    expect(speed.value).toBeLessThan(600);
    pass(9000, 200);
    expect(speed.value).toBeCloseTo(200, -1);
  });
});
