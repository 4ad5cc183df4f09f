import { expect, it } from 'vitest';

import { Load } from '../../../src/download/transfer/load.ts';

it('is high when the thread was busy for much of the time, twice in a row', () => {
  let done = { idle: 900, active: 100 };
  const load = new Load(() => done);
  const pass = (active: number, idle: number): boolean => {
    done = { idle: done.idle + idle, active: done.active + active };
    return load.isHigh();
  };
  // Much is loaded at the beginning.
  expect(pass(300, 200)).toBe(false);
  expect(pass(300, 200)).toBe(true);
  expect(pass(100, 400)).toBe(false);
  expect(pass(300, 200)).toBe(false);
  expect(pass(300, 200)).toBe(true);
  expect(new Load().isHigh()).toBeTypeOf('boolean');
});

it('does not take a busy moment for a busy thread', () => {
  let done = { idle: 0, active: 0 };
  const load = new Load(() => done);
  const moments = [...Array(20).keys()].map((count) => {
    done = { idle: done.idle + (count % 2 === 0 ? 240 : 0), active: done.active + 5 };
    return load.isHigh();
  });
  expect(moments).not.toContain(true);
});
