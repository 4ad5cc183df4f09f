import { describe, expect, it } from 'vitest';

import { hostMatcher, listedHost, namedHost } from '../../src/mirror/named-hosts.ts';

describe('a host that a person names', () => {
  it.each([
    ['Mirror.Example.ORG', 'mirror.example.org'],
    [' mirror.example.org. ', 'mirror.example.org'],
    ['mirror.example.org:8080', 'mirror.example.org:8080'],
    ['https://user:pw@mirror.example.org/ubuntu/?x=1', 'mirror.example.org'],
    ['http://127.0.0.1:4000/x', '127.0.0.1:4000'],
    ['[::1]:80', '[::1]'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['localhost', 'localhost'],
  ])('is kept as %s → %s', (typed, kept) => {
    expect(namedHost(typed)).toBe(kept);
    expect(hostMatcher([kept])(`http://${kept}/any.iso`)).toBe(0);
  });

  it.each([
    '',
    ' ',
    'two words',
    '*.example.org',
    'example.org/path',
    'user@example.org',
    'a..b',
    'http://',
    '123',
    'a,b',
  ])('is refused: %j', (typed) => {
    expect(() => namedHost(typed)).toThrow(expect.objectContaining({ code: 'MIRROR_BAD_HOST', category: 'usage' }));
  });

  it('is not shown with a password', () => {
    expect(() => namedHost('https://me:secret@two words/')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') as unknown }),
    );
  });
});

it.each([
  ['127.0.0.43/any.iso', '127.0.0.43'],
  ['https://A.example:8080/x', 'a.example:8080'],
  ['*', undefined],
  ['*.example.org', undefined],
  ['two words', undefined],
])('a host that was written by hand, %s, is %s', (text, host) => {
  expect(listedHost(text)).toBe(host);
});
