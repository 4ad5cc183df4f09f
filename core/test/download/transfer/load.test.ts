import { expect, it } from 'vitest';

import { Load } from '../../../src/download/transfer/load.ts';

it('is high when the thread was busy for much of the time since the last question', () => {
  let done = { idle: 900, active: 100 };
  const load = new Load(() => done);
  const pass = (active: number, idle: number): boolean => {
    done = { idle: done.idle + idle, active: done.active + active };
    return load.isHigh();
  };
  expect(pass(50, 50)).toBe(true);
  expect(pass(20, 80)).toBe(false);
  expect(pass(40, 60)).toBe(true);
  expect(pass(0, 0)).toBe(false);
  expect(new Load().isHigh()).toBeTypeOf('boolean');
});
