import { describe, expect, it } from 'vitest';

import { formatPeer, parseAddress, parsePeer } from '../src/format/address.ts';

const HASH = '0123456789abcdef0123456789abcdef01234567';

describe('an address', () => {
  it('is that of a torrent file', () => {
    expect(parseAddress('torrent+https://example.org/a%20b.torrent?x=1#iso/a%20b.iso')).toMatchObject({
      ...{ kind: 'file', url: 'https://example.org/a%20b.torrent?x=1', path: 'iso/a b.iso' },
      name: 'torrent+https://example.org/a%20b.torrent',
    });
  });

  it('is a magnet link, in hex or in base 32', () => {
    const link = `magnet:?xt=urn:btih:${HASH.toUpperCase()}&tr=https%3A%2F%2Ft.example%2Fa&x.pe=[2001:db8::1]:80&x.pe=bad`;
    expect(parseAddress(link)).toEqual({
      ...{ kind: 'magnet', infoHash: HASH, path: undefined, name: `magnet:?xt=urn:btih:${HASH}` },
      trackers: ['https://t.example/a'],
      peers: [{ host: '2001:db8::1', port: 80 }],
    });
    const base32 = 'AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH';
    expect(parseAddress(`magnet:?dn=x&xt=urn:btih:${base32}`)).toMatchObject({ infoHash: HASH });
  });

  it.each([
    'magnet:?dn=x',
    'magnet:?xt=urn:btih:12',
    'magnet:?xt=urn:btmh:1220aa',
    'torrent+https:',
    `magnet:?xt=${'x'.repeat(9000)}`,
  ])('is not %s', (address) => {
    expect(() => parseAddress(address)).toThrow(expect.objectContaining({ code: 'TORRENT_ADDRESS' }));
  });
});

describe('a peer', () => {
  it.each(['192.0.2.1:6881', '[2001:db8::1]:1', 'lab-7.example.org:65535'])('is %s', (text) => {
    const peer = parsePeer(text);
    expect(peer === undefined ? undefined : formatPeer(peer)).toBe(text);
  });

  it.each(['192.0.2.1', '192.0.2.1:0', '192.0.2.1:65536', 'a b:1', '2001:db8::1:80', 'x:80/', '@x:80'])(
    'is not %s',
    (text) => {
      expect(parsePeer(text)).toBeUndefined();
    },
  );
});
