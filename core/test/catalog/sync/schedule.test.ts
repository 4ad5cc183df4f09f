import { describe, expect, test } from 'vitest';

import { isDue, nextReading, nextRetry, type Schedule } from '../../../src/catalog/sync/schedule.ts';
import { isRefreshDue } from '../../../src/catalog/sync/refresh-due.ts';
import { HOUR, listed, imagesJson, NOW, world } from './support.ts';

const now = new Date(NOW);
const inHours = (hours: number): Date => new Date(now.getTime() + hours * HOUR);

describe('the next reading', () => {
  test('is after the usual time, with up to an hour by chance', () => {
    expect(nextReading(now, {}, 24, 0)).toEqual(inHours(24));
    expect(nextReading(now, {}, 24, 0.5)).toEqual(inHours(24.5));
  });

  test('is when the source advises, within bounds', () => {
    expect(nextReading(now, { refreshMinutes: 360, jitterMinutes: 0 }, 24, 0.9)).toEqual(inHours(6));
    expect(nextReading(now, { refreshMinutes: 360, jitterMinutes: 60 }, 24, 0.5)).toEqual(inHours(6.5));
    expect(nextReading(now, { refreshMinutes: 0, jitterMinutes: 0 }, 24, 0)).toEqual(inHours(1));
    expect(nextReading(now, { refreshMinutes: 1e9, jitterMinutes: 1e9 }, 24, 1)).toEqual(inHours(8 * 24));
  });

  test('is not after what was read has run out, nor all the time once it has', () => {
    expect(nextReading(now, { expires: inHours(5).toISOString() }, 24, 0)).toEqual(inHours(5));
    expect(nextReading(now, { expires: inHours(-5).toISOString() }, 24, 0)).toEqual(inHours(1));
  });

  test('after a failure comes sooner, and later with each further one', () => {
    expect([1, 2, 3, 50].map((failures) => nextRetry(now, failures))).toEqual([
      inHours(0.25),
      inHours(0.5),
      inHours(1),
      inHours(24),
    ]);
  });
});

describe('a sync by itself is due', () => {
  const schedule = (due: string, attempted: Date = now): Schedule => ({
    format: 1,
    attempted: attempted.toISOString(),
    sources: { a: { due, failures: 0 } },
  });

  test('when there was none, or a source is due, and never when that is what the user wants', () => {
    expect(isDue(undefined, now, 24)).toBe(true);
    expect(isDue(schedule(inHours(1).toISOString()), now, 24)).toBe(false);
    expect(isDue(schedule(inHours(-1).toISOString()), now, 24)).toBe(true);
    expect(isDue(undefined, now, 0)).toBe(false);
  });

  test('when the clock was set back', () => {
    expect(isDue(schedule(inHours(1000).toISOString(), inHours(990)), now, 24)).toBe(true);
  });

  test('again after the usual time where there was nothing to ask', () => {
    const nothing = { format: 1, attempted: NOW, sources: {} } as const;
    expect(isDue(nothing, inHours(23), 24)).toBe(false);
    expect(isDue(nothing, inHours(24), 24)).toBe(true);
  });

  test('as the last sync has noted', async () => {
    const { sync, engine, later, web, add, refuse } = await world();
    const url = 'https://a.example/list.json';
    add(listed('upstream:a', url));
    web.set(url, imagesJson(1));
    expect(await isRefreshDue(engine)).toBe(true);
    await sync();
    expect(await isRefreshDue(engine)).toBe(false);
    later(25 * HOUR);
    expect(await isRefreshDue(engine)).toBe(true);
    web.delete(url);
    refuse(url, 500);
    await sync();
    expect(await isRefreshDue(engine)).toBe(false);
    later(HOUR / 4);
    expect(await isRefreshDue(engine)).toBe(true);
  });
});
