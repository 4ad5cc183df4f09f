import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { below, isLoopback, isPathBelow, reachOf, webAddress } from '../../../src/mirror/lists/addresses.ts';

describe('the address of a file below a folder', () => {
  it.each([
    ['https://a.example', 'x.iso', 'https://a.example/x.iso'],
    ['https://a.example/pub', '24.04/x.iso', 'https://a.example/pub/24.04/x.iso'],
    ['https://a.example/pub//', '24.04/x.iso', 'https://a.example/pub/24.04/x.iso'],
    ['https://a.example/pub/#top', 'x.iso', 'https://a.example/pub/x.iso'],
    ['https://a.example/', 'a b/c?d#e%2e/ä+.iso', 'https://a.example/a%20b/c%3Fd%23e%252e/%C3%A4+.iso'],
    ['http://me:secret@a.example/', 'x.iso', 'http://me:secret@a.example/x.iso'],
  ])('%s and %s', (folder, path, address) => {
    expect(below(folder, path)).toBe(address);
  });

  it.each(['', '/', '/x', 'x/', 'x//y', '..', '../x', 'x/../y', './x', 'x/.', 'x\\y', 'x\ny', 'x\u0000', '\ud800'])(
    'is none for the path %j',
    (path) => {
      expect(below('https://a.example/', path)).toBeUndefined();
    },
  );

  it('is none where the folder has a query', () => {
    expect(below('https://a.example/?path=', 'x.iso')).toBeUndefined();
  });

  it('is always below it, and says the path', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab./\\%?#+ä\u0000\u202e\ud800🐧 ')) }), (path) => {
        const address = below('https://a.example/pub/', path);
        expect(address !== undefined).toBe(isPathBelow(path));
        if (address === undefined) return;
        expect(new URL(address).href).toBe(address);
        expect(address.startsWith('https://a.example/pub/')).toBe(true);
        expect(decodeURIComponent(address.slice('https://a.example/pub/'.length))).toBe(path);
      }),
    );
  });
});

describe('an address leads', () => {
  it.each([
    ...['localhost', 'LOCALHOST.', 'a.localhost', '127.0.0.1', '127.9.9.9', '[::1]', '2130706433', '0.0.0.0', '0'],
    ...['[::]', '[::ffff:127.0.0.1]', '[0:0:0:0:0:ffff:0:0]'],
  ])('to this machine: %s', (host) => {
    expect(reachOf(new URL(`http://${host}:80/`))).toBe('machine');
    expect(isLoopback(new URL(`http://${host}:80/`))).toBe(true);
  });

  it.each([
    ...['10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '[fd00::1]', '[fe80::1]'],
    ...['[::ffff:192.168.1.1]', 'nas.local', 'nas.local.', 'box.home.arpa', 'ci.internal'],
  ])("into the user's network: %s", (host) => {
    expect(reachOf(new URL(`http://${host}/`))).toBe('network');
    expect(isLoopback(new URL(`http://${host}/`))).toBe(false);
  });

  it.each([
    ...['a.example', 'localhost.example', '128.0.0.1', '172.32.0.1', '[::2]', '[2001:db8::1]', '127.0.0.1.example'],
    ...['local.example', 'xlocalhost.example'],
  ])('to everybody: %s', (host) => {
    expect(reachOf(new URL(`http://${host}/`))).toBe('world');
  });
});

it('takes a web address as the standard writes it, and nothing that could be read in two ways', () => {
  expect(webAddress('HTTPS://A.example:443/x/../y#z')?.href).toBe('https://a.example/y');
  for (const text of [
    'https://a b/',
    'https://a/\n',
    ' https://a/',
    'https:a',
    'https://a\\@b/',
    'https://a@b/',
    '//a/',
  ]) {
    expect(webAddress(text)).toBeUndefined();
  }
});
