import { expect, it } from 'vitest';

import { candidate, history, NOW } from '../../../test/src/strategies/index.ts';
import { rememberedTrouble } from '../../src/mirror/remembered-trouble.ts';

it('is what a mirror did wrong lately, and nothing of one that did not', () => {
  const told = (of: ReturnType<typeof history> | undefined): string | undefined =>
    rememberedTrouble(candidate('a', 0, { history: of }));
  expect(told(undefined)).toBeUndefined();
  expect(told(history(3, 1e6))).toBeUndefined();
  expect(told(history(3, 1e6, { outcomes: { timeout: 0.3 } }))).toBeUndefined();
  const both = told(history(0, undefined, { outcomes: { stale: 1, timeout: 1 } })) ?? '';
  expect(both.length).toBeGreaterThan((told(history(0, undefined, { outcomes: { stale: 1 } })) ?? '').length);
  expect(told({ ...history(0, undefined, { outcomes: { stale: 1 } }), lastUsed: new Date(NaN) })).toBeDefined();
  expect(both).toContain(new Date(NOW.getTime() - 86_400_000).toISOString().slice(0, 10));
});
