import { createHash, randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { encode, type Encodable } from '../src/format/bencode.ts';
import { fileOf, parseInfo, parseTorrent } from '../src/format/meta-info.ts';

const INFO = { name: 'image.iso', length: 40_000, 'piece length': 16_384, pieces: randomBytes(60) };
const parse = (info: Encodable): ReturnType<typeof parseInfo> => parseInfo(encode(info), 'it');

describe('a torrent', () => {
  it('is known by the hash of what its publisher wrote', () => {
    const info = encode(INFO);
    const { meta, trackers } = parseTorrent(
      encode({
        announce: 'https://a.example/announce',
        'announce-list': [['udp://b.example:80'], ['nonsense']],
        info: INFO,
      }),
      'it',
    );
    expect(meta.infoHash).toBe(createHash('sha1').update(info).digest('hex'));
    expect(meta.files).toEqual([{ path: ['image.iso'], offset: 0, length: 40_000 }]);
    expect(trackers).toEqual(['https://a.example/announce', 'udp://b.example:80']);
  });

  it.each<[string, Encodable]>([
    ['no pieces', { ...INFO, pieces: Buffer.alloc(0) }],
    ['pieces of another size', { ...INFO, pieces: randomBytes(61) }],
    ['too few of them', { ...INFO, pieces: randomBytes(40) }],
    ['pieces that are too small', { ...INFO, 'piece length': 1 }],
    ['pieces that no memory should hold', { ...INFO, 'piece length': 2 ** 30, pieces: randomBytes(20) }],
    ['nothing in it', { ...INFO, length: 0, pieces: Buffer.alloc(0) }],
    ['a size that cannot be', { ...INFO, length: -1 }],
    ['more than anybody has', { ...INFO, length: 2 ** 50 }],
    ['no name', { ...INFO, name: '' }],
    ['hashes of version 2 only', { name: 'x', 'meta version': 2, 'piece length': 16_384, 'file tree': {} }],
    ['a file without a path', { ...INFO, files: [{ length: 40_000, path: [] }] }],
    ['no files', { ...INFO, files: [] }],
    ['no dictionary', 5],
  ])('is refused with %s', (_, info) => {
    expect(() => parse(info)).toThrow(expect.objectContaining({ code: 'TORRENT_INVALID' }));
  });

  it('is refused when it is too large', () => {
    expect(() => parseTorrent(Buffer.alloc(5 * 1024 * 1024), 'it')).toThrow(
      expect.objectContaining({ code: 'TORRENT_INVALID' }),
    );
  });

  it('says whether it is private', () => {
    expect(parse({ ...INFO, private: 1 }).isPrivate).toBe(true);
    expect(parse(INFO).isPrivate).toBe(false);
  });

  it('has its files by the paths that it gives them, which are names and nothing else', () => {
    const files = [
      { length: 100, path: ['..', '..', 'etc', 'passwd'] },
      { length: 0, path: ['empty'] },
      { length: 39_900, path: ['iso', 'image.iso'] },
    ];
    const meta = parse({ ...INFO, name: 'all', files });
    const image = { path: ['iso', 'image.iso'], offset: 100, length: 39_900 };
    expect(fileOf(meta, 'iso/image.iso', 'it')).toEqual(image);
    expect(fileOf(meta, 'all/iso/image.iso', 'it')).toEqual(image);
    for (const path of [undefined, 'image.iso', 'empty']) {
      expect(() => fileOf(meta, path, 'it')).toThrow(expect.objectContaining({ code: 'TORRENT_NO_FILE' }));
    }
  });
});
