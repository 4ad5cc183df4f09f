import { describe, expect, it } from 'vitest';

import { nextAddress } from '../src/redirect.ts';

const MIRROR = 'https://mirror.example/image.iso';

describe('nextAddress', () => {
  it.each([
    [MIRROR, 'https://other.example/a', 'https://other.example/a'],
    [MIRROR, '/b', 'https://mirror.example/b'],
    [MIRROR, 'c?token=1', 'https://mirror.example/c?token=1'],
    [MIRROR, '//other.example/d', 'https://other.example/d'],
    ['http://mirror.example/', 'https://mirror.example/', 'https://mirror.example/'],
    ['http://mirror.example/', 'http://other.example/', 'http://other.example/'],
  ])('leads from %s by %s to %s', (from, location, to) => {
    expect(nextAddress(MIRROR, new URL(from), location, 0).href).toBe(to);
  });

  it.each([
    ['http://mirror.example/image.iso', 0],
    ['file:///etc/passwd', 0],
    ['ftp://mirror.example/image.iso', 0],
    ['data:text/plain,x', 0],
    ['http://', 0],
    [undefined, 0],
    ['https://other.example/', 10],
  ])('refuses %s after %i redirects', (location, followed) => {
    expect(() => nextAddress(MIRROR, new URL(MIRROR), location, followed)).toThrow(
      expect.objectContaining({ code: 'DOWNLOAD_REDIRECT' }),
    );
  });

  it('leads nowhere that the request may not be taken', () => {
    const may = (address: string): boolean => address !== 'https://banned.example/a';
    expect(() => nextAddress(MIRROR, new URL(MIRROR), 'https://banned.example/a', 0, may)).toThrow(
      expect.objectContaining({ code: 'DOWNLOAD_REDIRECT' }),
    );
    expect(nextAddress(MIRROR, new URL(MIRROR), 'https://other.example/a', 0, may).host).toBe('other.example');
  });
});
