import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readDigests } from '../src/digest-header.ts';
import { wholeNumber } from '../src/header.ts';
import { parseHttpDate } from '../src/http-date.ts';
import { parseRetryAfter } from '../src/retry-after.ts';
import { readValidators } from '../src/validators.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const DAY = 24 * 60 * 60 * 1000;

describe('wholeNumber', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['0', 0],
    ['1234', 1234],
    ['1234, 1234', undefined],
    ['+5', undefined],
    ['5.0', undefined],
    ['9007199254740993', undefined],
  ])('reads %j as %s', (header, length) => {
    expect(wholeNumber(header)).toBe(length);
  });
});

describe('parseHttpDate', () => {
  it('reads every date in the form that is to be used', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }), (date) => {
        expect(parseHttpDate(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });

  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    'reads the three forms of RFC 9110: %s',
    (text) => {
      expect(parseHttpDate(text)).toBe(784_111_777_000);
    },
  );

  it.each([
    undefined,
    '',
    '0',
    'soon',
    '2026-11-21T12:00:00Z',
    'Sun, 31 Feb 2026 08:49:37 GMT',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 25:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:49:37 +0100',
  ])('refuses %j', (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
  });
});

describe('parseRetryAfter', () => {
  const at = (ms: number): string => new Date(ms).toUTCString();

  it.each([
    ['120', undefined, 120_000],
    [' 0 ', undefined, 0],
    ['9999999999', undefined, 7 * DAY],
    [at(NOON + 90_000), undefined, 90_000],
    [at(NOON - 90_000), undefined, 0],
    // The server's clock is a day ahead, and what it means is a minute.
    [at(NOON + DAY + 60_000), at(NOON + DAY), 60_000],
    [at(NOON + 60_000), 'not a date', 60_000],
    [at(NOON + 30 * DAY), undefined, 7 * DAY],
    ['-5', undefined, undefined],
    ['1.5', undefined, undefined],
    ['soon', undefined, undefined],
    ['99999999999', undefined, undefined],
    [undefined, undefined, undefined],
  ])('reads %j, answered at %j, as %s ms', (header, date, ms) => {
    expect(parseRetryAfter(header, date, NOON)).toBe(ms);
  });

  it('never throws, and never yields what a timer does not take', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.nat().map(String)), fc.string(), (header, date) => {
        const ms = parseRetryAfter(header, date, NOON);
        expect(ms === undefined || (ms >= 0 && ms < 2 ** 31)).toBe(true);
      }),
    );
  });
});

describe('readValidators', () => {
  const date = new Date(NOON).toUTCString();
  const before = (seconds: number): string => new Date(NOON - seconds * 1000).toUTCString();

  it.each([
    ['"abc"', '"abc"'],
    ['"a b:c-1"', '"a b:c-1"'],
    ['W/"abc"', undefined],
    ['abc', undefined],
    ['""', undefined],
    ['"a", "b"', undefined],
    ['"a\u00e9"', undefined],
    [`"${'a'.repeat(201)}"`, undefined],
  ])('takes the tag %j as %s', (etag, taken) => {
    expect(readValidators({ etag }).etag).toBe(taken);
  });

  it.each([
    [before(60), date, true],
    [before(59), date, false],
    [before(-5), date, false],
    [before(600), undefined, false],
    [before(600), 'yesterday', false],
  ])('knows a strong date: %s in an answer of %s', (modified, answered, isStrong) => {
    const headers = { 'last-modified': modified, ...(answered !== undefined && { date: answered }) };
    expect(readValidators(headers)).toMatchObject({ lastModified: modified, dateIsStrong: isStrong });
  });

  it('takes no date that is none', () => {
    expect(readValidators({ 'last-modified': 'yesterday', date })).toEqual({
      etag: undefined,
      lastModified: undefined,
      dateIsStrong: false,
    });
  });
});

describe('readDigests', () => {
  const hash = (algorithm: string, text: string): Buffer => createHash(algorithm).update(text).digest();
  const sha256 = hash('sha256', 'a');
  const base64 = sha256.toString('base64');

  it('reads what servers write about any file', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const [md5, sha1, long] = [hash('md5', text), hash('sha1', text), hash('sha512', text)];
        const short = hash('sha256', text).toString('base64');
        const all = { sha256: hash('sha256', text).toString('hex'), sha512: long.toString('hex') };
        const repr = `sha-256=:${short}:, sha-512=:${long.toString('base64')}:;x=1, crc32c=:AAAAAA==:`;
        expect(readDigests({ 'repr-digest': repr })).toEqual(all);
        const old = `SHA-256=${short},MD5=${md5.toString('base64')},SHA=${sha1.toString('base64')},UNIXsum=30637`;
        expect(readDigests({ digest: old })).toEqual({
          sha256: all.sha256,
          md5: md5.toString('hex'),
          sha1: sha1.toString('hex'),
        });
      }),
    );
  });

  it.each([
    ['sha-256=:AAAA:', 'too short'],
    [`sha-512=:${base64}:`, 'of another algorithm'],
    [`sha-256=${base64}`, 'not in colons'],
    [`sha-256=:${base64.slice(0, -1)}:`, 'not padded'],
    [`constructor=:${base64}:`, 'no algorithm'],
    [`${' '.repeat(2000)}sha-256=:${base64}:`, 'longer than anybody writes'],
  ])('leaves out %j: %s', (header) => {
    expect(readDigests({ 'repr-digest': header })).toEqual({});
  });

  it('says nothing where the headers contradict each other', () => {
    const other = hash('sha256', 'b').toString('base64');
    const repr = `sha-256=:${base64}:`;
    expect(readDigests({ 'repr-digest': repr, digest: `SHA-256=${base64}` })).toEqual({
      sha256: sha256.toString('hex'),
    });
    expect(readDigests({ 'repr-digest': repr, digest: `SHA-256=${other}` })).toEqual({});
    expect(readDigests({ 'repr-digest': `${repr}, sha-256=:${other}:, ${repr}` })).toEqual({});
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (repr, digest) => void readDigests({ 'repr-digest': repr, digest })),
    );
  });
});
