import { readdir } from 'node:fs/promises';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  failure,
  isLoopstickError,
  LoopstickError,
  messageOf,
  printable,
  systemCode,
  type ErrorDescriptor,
} from '../../src/engine/errors.ts';

const TORN = {
  code: 'STICK_TORN',
  category: 'system',
  message: 'The stick {name} is torn in {count} places.',
  hint: 'Sew {name}.',
} as const satisfies ErrorDescriptor;

describe('failure', () => {
  test('fills the message and the hint from the same values', () => {
    const error = failure(TORN, { name: 'one', count: 2 }, { pluginId: 'tailor', cause: 'wind' });
    expect(error).toMatchObject({
      name: 'LoopstickError',
      code: 'STICK_TORN',
      category: 'system',
      message: 'The stick one is torn in 2 places.',
      hint: 'Sew one.',
      pluginId: 'tailor',
      cause: 'wind',
    });
  });

  test('does not compile without the values that the descriptor names', () => {
    // @ts-expect-error -- count is missing
    expect(failure(TORN, { name: 'one' }).message).toContain('{count}');
  });

  test('takes a value as text, never as a template', () => {
    expect(failure(TORN, { name: '{count}', count: 2 }).message).toBe('The stick {count} is torn in 2 places.');
  });

  test('leaves braces alone that name something every object inherits', () => {
    const descriptor = { ...TORN, message: '{constructor} {toString}', hint: '' };
    expect(new LoopstickError(descriptor, {}).message).toBe('{constructor} {toString}');
  });

  test('lets no value write control characters', () => {
    expect(failure(TORN, { name: '\u001b[2Jx', count: 1 }).message).not.toContain('\u001b');
  });

  test('has no cause when none is given', () => {
    expect('cause' in failure(TORN, { name: 'one', count: 1 })).toBe(false);
  });
});

describe('isLoopstickError', () => {
  test('knows the error of another copy of the module', async () => {
    const copy = (await import(new URL('../../src/engine/errors.ts?copy', import.meta.url).href)) as {
      LoopstickError: typeof LoopstickError;
    };
    expect(copy.LoopstickError).not.toBe(LoopstickError);
    const error = new copy.LoopstickError(TORN, { name: 'one', count: 1 });
    expect(error).not.toBeInstanceOf(LoopstickError);
    expect(isLoopstickError(error)).toBe(true);
    expect(isLoopstickError(error, 'STICK_TORN')).toBe(true);
    expect(isLoopstickError(error, 'STICK_WHOLE')).toBe(false);
  });

  test.each([undefined, null, 'STICK_TORN', new Error('x'), { code: 'STICK_TORN' }])('says no to %s', (value) => {
    expect(isLoopstickError(value)).toBe(false);
    expect(isLoopstickError(value, 'STICK_TORN')).toBe(false);
  });
});

describe('systemCode', () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' });

  test('finds the code through wrapped errors', () => {
    expect(systemCode(full)).toBe('ENOSPC');
    expect(systemCode(failure(TORN, { name: 'one', count: 1 }, { cause: new Error('x', { cause: full }) }))).toBe(
      'ENOSPC',
    );
  });

  test('takes neither our own codes nor those of Node for system codes', () => {
    expect(systemCode(failure(TORN, { name: 'one', count: 1 }))).toBeUndefined();
    expect(systemCode(Object.assign(new Error('x'), { code: 'ERR_INVALID_URL' }))).toBeUndefined();
    expect(systemCode('ENOSPC')).toBeUndefined();
  });

  test('ends on a cause that is its own cause', () => {
    const ring: Error = new Error('ring');
    ring.cause = ring;
    expect(systemCode(ring)).toBeUndefined();
  });
});

describe('messageOf', () => {
  const thrower = {
    toString: () => {
      throw new Error('no text');
    },
  };

  test.each([
    [new Error('two\nlines'), 'two lines'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [Object.create(null), 'something without a text'],
    [thrower, 'something without a text'],
    [Object.assign(new Error('x'), { message: 7 }), '7'],
  ])('has words for anything that can be thrown', (thrown, words) => {
    expect(messageOf(thrown)).toBe(words);
  });
});

describe('printable', () => {
  test('shows control characters and direction marks instead of obeying them', () => {
    expect(printable('a\u001b[31mb')).toBe('a\\u001b[31mb');
    expect(printable('a\rb\tc\u009bd')).toBe('a\\u000db\\u0009c\\u009bd');
    expect(printable('evil\u202egnp.iso')).toBe('evil\\u202egnp.iso');
    expect(printable('one\ntwo')).toBe('one two');
  });

  test('lets no control character and no direction mark of Unicode through', () => {
    const never = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => !never.test(printable(text))),
      { numRuns: 500 },
    );
    // The property rarely meets a given mark, so each stands here too.
    for (const mark of '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069') {
      expect(printable(mark)).toMatch(/^\\u[0-9a-f]{4}$/);
    }
  });

  test('cuts what is too long, and says so', () => {
    expect(printable('x'.repeat(11), 10)).toBe(`${'x'.repeat(10)}…`);
    expect(printable('x'.repeat(10), 10)).toBe('x'.repeat(10));
  });

  test('keeps letters of every script', () => {
    expect(printable('Grüße 世界 مرحبا 👍')).toBe('Grüße 世界 مرحبا 👍');
  });
});

test('every error of every area has its own code, a message and a hint', async () => {
  const rooms = await readdir(new URL('../../src', import.meta.url), { recursive: true });
  const tables = rooms.filter((file) => /(^|\/)[\w-]*errors\.ts$/.test(file) && file !== 'engine/errors.ts');
  expect(tables).toContain('engine/engine-errors.ts');
  const descriptors: ErrorDescriptor[] = [];
  for (const file of tables) {
    const module = (await import(new URL(`../../src/${file}`, import.meta.url).href)) as Record<string, unknown>;
    for (const [name, table] of Object.entries(module)) {
      if (/^[A-Z_]+_ERRORS$/.test(name)) descriptors.push(...Object.values(table as Record<string, ErrorDescriptor>));
    }
  }
  const codes = descriptors.map(({ code }) => code);
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  for (const { code, message, hint } of descriptors) {
    expect(code).toMatch(/^[A-Z]+(_[A-Z0-9]+)+$|^[A-Z]+$/);
    expect(message, code).not.toBe('');
    expect(hint, code).not.toBe('');
    expect(`${message}${hint}`, code).not.toContain('\n');
  }
});
