import { describe, expect, it } from 'vitest';

import { probeSpeed, type ProbeTimes } from '../../../src/download/transfer/probe-speed.ts';

const KIB = 1024;

describe('the speed of a probe', () => {
  it.each<[string, Partial<ProbeTimes>, number | undefined]>([
    ['nothing came', { first: undefined, bytes: 0 }, undefined],
    ['too little came', { bytes: 64 * KIB - 1 }, undefined],
    ['from the first bytes on', {}, 96 * KIB * 100],
    ['from the request on, when the rest came within moments', { lastAt: 94, askedAt: -6 }, 128 * KIB * 10],
    ['from the request on, when nearly all came at once', { first: { at: 90, bytes: 100 * KIB } }, 128 * KIB * 10],
    ['never infinite', { first: { at: 0, bytes: 128 * KIB }, lastAt: 0 }, 128 * KIB * 1000],
  ])('%s', (_, times, speed) => {
    const typical = { askedAt: 0, first: { at: 90, bytes: 32 * KIB }, lastAt: 100, bytes: 128 * KIB };
    expect(probeSpeed({ ...typical, ...times })).toBe(speed);
  });
});
