import { describe, expect, it } from 'vitest';

import { Breaker } from '../../../src/download/transfer/breaker.ts';

interface Scene {
  readonly breaker: Breaker;
  pass(ms: number): void;
  fail(times: number): void;
}

function scene(random = 0): Scene {
  let now = 1000;
  const breaker = new Breaker(
    () => now,
    () => random,
  );
  return {
    breaker,
    pass: (ms) => {
      now += ms;
    },
    fail: (times) => {
      for (let time = 0; time < times; time++) {
        const ended = breaker.begin();
        ended();
        breaker.failed();
      }
    },
  };
}

describe('Breaker', () => {
  it('opens after five failures in a row', () => {
    const { breaker, fail } = scene();
    fail(4);
    breaker.succeeded();
    fail(4);
    expect(breaker.openFor).toBe(0);
    fail(1);
    expect(breaker.openFor).toBe(30_000);
  });

  it('lets exactly one try when its time has passed', () => {
    const { breaker, fail, pass } = scene();
    fail(5);
    pass(29_999);
    expect(breaker.openFor).toBe(1);
    pass(1);
    expect([breaker.openFor, breaker.isTried]).toEqual([0, false]);
    const trial = breaker.begin();
    const other = breaker.begin();
    expect(breaker.isTried).toBe(true);
    other();
    expect(breaker.isTried).toBe(true);
    trial();
    expect(breaker.isTried).toBe(false);
  });

  it('stays open longer after each trial that fails, up to five minutes, and begins anew after one that does not', () => {
    const { breaker, fail, pass } = scene();
    fail(5);
    const times = Array.from({ length: 6 }, () => {
      const time = breaker.openFor;
      pass(time);
      fail(1);
      return time;
    });
    expect(times).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
    pass(300_000);
    breaker.begin();
    breaker.succeeded();
    expect([breaker.openFor, breaker.isTried]).toEqual([0, false]);
    fail(4);
    expect(breaker.openFor).toBe(0);
    fail(1);
    expect(breaker.openFor).toBe(30_000);
  });

  it('does not stay open longer for what was begun before', () => {
    const { breaker, fail, pass } = scene();
    fail(5);
    pass(10_000);
    breaker.failed();
    expect(breaker.openFor).toBe(20_000);
    pass(20_000);
    fail(1);
    expect(breaker.openFor).toBe(60_000);
  });

  it('adds up to a tenth', () => {
    const { breaker, fail } = scene(1);
    fail(5);
    expect(breaker.openFor).toBeCloseTo(33_000);
  });
});
