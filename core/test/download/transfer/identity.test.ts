import { Readable } from 'node:stream';

import { beforeEach, describe, expect, it } from 'vitest';

import type { RangeResponse, Validators } from '../../../src/engine/hooks.ts';
import type { DownloadJob } from '../../../src/download/job.ts';
import { Hosts } from '../../../src/download/transfer/hosts.ts';
import { judge, looksLikeWebPage, type Ask } from '../../../src/download/transfer/identity.ts';
import { Origin } from '../../../src/download/transfer/origin.ts';

const URL = 'https://mirror.example/image.iso';
const SIZE = 1000;
const TAG = '"a"';
const DATE = 'Sat, 01 Jan 2022 00:00:00 GMT';
const LATER = 'Sun, 02 Jan 2022 00:00:00 GMT';
const JOB: DownloadJob = {
  label: 'x',
  urls: [URL],
  size: SIZE,
  digests: { sha256: 'ab'.repeat(32) },
  destination: '/image.iso',
};

let origin: Origin;

beforeEach(() => {
  const hosts = new Hosts({ clock: () => 0, now: () => new Date(0), perHost: 4, random: () => 0 });
  origin = new Origin(URL, 0, hosts.at(URL), () => 0);
});

function said(validators: Validators, rest: Partial<RangeResponse> = {}): RangeResponse {
  const answer = { start: 500, end: 600, total: SIZE, address: URL, mediaType: undefined, fileName: undefined };
  return { ...answer, digests: {}, body: Readable.from([]), validators, ...rest };
}

const WHOLE = { start: 0, end: SIZE };
const ask = (ifRange?: string, start: number = 500): Ask => ({ start, end: start + 100, ifRange });
const verdict = (asked: Ask, answer: RangeResponse): string => judge(origin, JOB, SIZE, asked, answer);
const codeOf = (asked: Ask, answer: RangeResponse): unknown => {
  try {
    verdict(asked, answer);
    return undefined;
  } catch (error) {
    return (error as { code: unknown }).code;
  }
};

describe('the condition of a request', () => {
  it('is the strong tag, then the strong date, then none', () => {
    expect(origin.ifRange).toBeUndefined();
    origin.learn(said({ etag: TAG, lastModified: DATE, dateIsStrong: true }));
    expect(origin.ifRange).toBe(TAG);
    expect(origin.distrustCondition()).toBe(true);
    expect(origin.ifRange).toBe(DATE);
    expect(origin.distrustCondition()).toBe(true);
    expect(origin.ifRange).toBeUndefined();
    expect(origin.distrustCondition()).toBe(false);
  });

  it('is never a date that could still change within its second', () => {
    origin.learn(said({ lastModified: DATE, dateIsStrong: false }));
    expect(origin.ifRange).toBeUndefined();
  });

  it('is not kept from an answer to one that says nothing', () => {
    origin.learn(said({ etag: TAG }));
    origin.learn(said({}));
    expect(origin.ifRange).toBe(TAG);
    origin.forget();
    expect(origin.ifRange).toBeUndefined();
  });

  it('is given up when tags prove to say nothing', () => {
    origin.learn(said({ etag: TAG }));
    origin.unstable = true;
    expect(origin.ifRange).toBeUndefined();
    expect(verdict(ask(), said({ etag: '"b"' }))).toBe('use');
  });
});

describe('an answer with the range that was asked for', () => {
  it.each<[string, Validators, Validators, string]>([
    ['the same tag', { etag: TAG }, { etag: TAG }, 'use'],
    ['another tag', { etag: TAG }, { etag: '"b"' }, 'changed'],
    ['the same tag and another date', { etag: TAG, lastModified: DATE }, { etag: TAG, lastModified: LATER }, 'use'],
    ['the same date', { lastModified: DATE }, { lastModified: DATE }, 'use'],
    ['another date', { lastModified: DATE }, { lastModified: LATER }, 'changed'],
    ['nothing', { etag: TAG }, {}, 'use'],
    ['a tag for the first time', {}, { etag: TAG }, 'use'],
  ])('and %s', (_, before, now, expected) => {
    origin.learn(said(before));
    expect(verdict(ask(), said(now))).toBe(expected);
  });

  it('is compared with what the same server said, since redirects lead to several', () => {
    origin.learn(said({ etag: TAG }, { address: 'https://node-1.example/image.iso' }));
    const other = { address: 'https://node-2.example/image.iso' };
    expect(verdict(ask(), said({ etag: '"b"' }, other))).toBe('use');
    origin.learn(said({ etag: '"b"' }, other));
    expect(verdict(ask(), said({ etag: TAG }, other))).toBe('changed');
  });

  it.each(['https', 'odd'])('has to come from where the first one came from when that is pinned (%s)', (scheme) => {
    origin.pin(`${scheme}://node-1.example/image.iso`);
    expect(verdict(ask(), said({}, { address: `${scheme}://node-1.example/elsewhere.iso` }))).toBe('use');
    expect(verdict(ask(), said({}, { address: `${scheme}://node-2.example/image.iso` }))).toBe('changed');
  });
});

describe('an answer with the whole file', () => {
  it('to a condition that the server does not understand is asked for again, with a weaker one', () => {
    origin.learn(said({ etag: TAG, lastModified: DATE, dateIsStrong: true }));
    const answer = said({ etag: TAG, lastModified: DATE, dateIsStrong: true }, WHOLE);
    expect(verdict(ask(TAG), answer)).toBe('again');
    expect(verdict(ask(DATE), answer)).toBe('again');
    expect(origin.ifRange).toBeUndefined();
    expect(origin.streamOnly).toBe(false);
  });

  it('to a condition that failed is of another file', () => {
    origin.learn(said({ etag: TAG }));
    expect(verdict(ask(TAG), said({ etag: '"b"' }, WHOLE))).toBe('changed');
    expect(verdict(ask(TAG), said({ etag: TAG }, { ...WHOLE, end: 999, total: 999 }))).toBe('changed');
  });

  it('to a range without a condition comes from a server that knows no ranges', () => {
    expect(verdict(ask(), said({}, WHOLE))).toBe('use');
    expect(origin.streamOnly).toBe(true);
  });

  it('to a range from the beginning as well', () => {
    expect(verdict(ask(undefined, 0), said({}, WHOLE))).toBe('use');
    expect(origin.streamOnly).toBe(true);
  });
});

describe('an answer is of no use', () => {
  it.each<[string, Partial<RangeResponse>, string]>([
    ['when the file has another size', { total: 999 }, 'DOWNLOAD_SIZE_MISMATCH'],
    ['when it starts elsewhere', { start: 501 }, 'DOWNLOAD_BAD_RANGE'],
    ['when it is empty', { end: 500 }, 'DOWNLOAD_BAD_RANGE'],
    ['when its digest contradicts the wanted one', { digests: { sha256: '0'.repeat(64) } }, 'DOWNLOAD_DIFFERENT_FILE'],
    ['when it is a page', { ...WHOLE, total: undefined, mediaType: 'text/html' }, 'DOWNLOAD_WEB_PAGE'],
    ['when it is a page of some other size', { ...WHOLE, total: 7, mediaType: 'text/html' }, 'DOWNLOAD_WEB_PAGE'],
  ])('%s', (_, rest, code) => {
    expect(codeOf(ask(), said({}, rest))).toBe(code);
  });

  it.each<[string, Partial<RangeResponse>]>([
    ['of unknown size', { total: undefined }],
    ['that is shorter than was asked for', { end: 550 }],
    ['whose digest is the wanted one', { digests: { sha256: 'AB'.repeat(32).toLowerCase() } }],
    ['with a digest that nobody asked for', { digests: { md5: '0'.repeat(32) } }],
    ['of a server that calls everything a page', { mediaType: 'text/html' }],
  ])('but not one %s', (_, rest) => {
    expect(verdict(ask(), said({}, rest))).toBe('use');
  });
});

describe('the first bytes of a file', () => {
  it.each<[string, string, boolean]>([
    ['<!DOCTYPE html><html>', '/image.iso', true],
    ['\ufeff \n<HTML>', '/image.iso', true],
    ['<!doctype html>', '/index.html', false],
    ['<?xml version="1.0"?>', '/image.iso', false],
    ['\0\0\0\0', '/image.iso', false],
    ['', '/image.iso', false],
  ])('%j for %s', (text, destination, isPage) => {
    expect(looksLikeWebPage(Buffer.from(text), destination)).toBe(isPage);
  });
});
