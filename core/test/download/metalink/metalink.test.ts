import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isLoopstickError } from '../../../src/engine/errors.ts';
import type { MetalinkFile } from '../../../src/download/metalink/metalink-file.ts';
import { METALINK_LIMIT, parseMetalink, readMetalink } from '../../../src/download/metalink/metalink.ts';

const V4 = 'urn:ietf:params:xml:ns:metalink';
const SHA256 = 'a'.repeat(64);
const PIECES = (hashes: string, length = 4): string => `<pieces type="sha-1" length="${length}">${hashes}</pieces>`;
const SHA1 = (digit: string): string => `<hash>${digit.repeat(40)}</hash>`;

const parse = (text: string): Promise<MetalinkFile[]> => parseMetalink(Buffer.from(text), 'test');
const v4 = (files: string): string => `<?xml version="1.0"?><metalink xmlns="${V4}">${files}</metalink>`;
const file = (inside: string, name = 'a.iso'): string => v4(`<file name="${name}">${inside}</file>`);
const v3 = (inside: string): string =>
  `<metalink version="3.0" xmlns="http://www.metalinker.org/"><files><file name="a.iso">${inside}</file></files></metalink>`;
const genuine = async (name: string): Promise<MetalinkFile[]> =>
  parseMetalink(await readFile(new URL(`../fixtures/${name}`, import.meta.url)), name);

const rejects = (promise: Promise<unknown>): Promise<void> =>
  expect(promise).rejects.toMatchObject({ code: 'METALINK_MALFORMED', category: 'bad-input' });

describe('a genuine metalink', () => {
  it.each(['openSUSE-11.3-NET-i586.iso.meta4', 'openSUSE-11.3-NET-i586.iso.metalink'])(
    'of MirrorBrain: %s',
    async (name) => {
      const [iso, ...others] = await genuine(name);
      expect(others).toEqual([]);
      expect(iso).toMatchObject({
        name: 'openSUSE-11.3-NET-i586.iso',
        size: 120_285_184,
        digests: {
          md5: 'a0dc5f5132b0a26218f533d837d4fc1a',
          sha1: 'c7827b5a8e62d3971524ba0c438e9574e892103a',
          sha256: '7db356f5e21547e423da0406b7ea36e3c6e4ee62975015294585593d3a2a88c8',
        },
        pieces: { algorithm: 'sha1', length: 262_144 },
      });
      expect(iso?.pieces?.digests).toHaveLength(459);
      expect(iso?.pieces?.digests.slice(0, 2)).toEqual([
        'c5bc4f75f550e44491273720086bf1692c526cbd',
        'bbe1177d325d1310868d34e2350666f9cb119e94',
      ]);
      expect(iso?.urls.length).toBeGreaterThan(50);
      for (const { url } of iso?.urls ?? []) expect(url).toMatch(/^https?:.*openSUSE-11\.3-NET-i586\.iso$/);
    },
  );

  it('says the same in both versions', async () => {
    const [[four], [three]] = await Promise.all([
      genuine('openSUSE-11.3-NET-i586.iso.meta4'),
      genuine('openSUSE-11.3-NET-i586.iso.metalink'),
    ]);
    const { urls: urls4, ...rest4 } = four ?? {};
    const { urls: urls3, ...rest3 } = three ?? {};
    expect(rest4).toEqual(rest3);
    // The server shuffles mirrors that it prefers alike.
    const all = (urls: MetalinkFile['urls'] = []): string[] => urls.map(({ url }) => url).sort();
    expect(all(urls4)).toEqual(all(urls3));
  });

  it('of MirrorManager: best first, http only', async () => {
    const [repomd] = await genuine('fedora17-repomd-mirrormanager.metalink');
    expect(repomd).toMatchObject({ name: 'repomd.xml', size: 4309, pieces: undefined });
    expect(Object.keys(repomd?.digests ?? {})).toEqual(['md5', 'sha1', 'sha256', 'sha512']);
    expect(repomd?.urls.slice(0, 2)).toEqual([
      {
        url: 'http://mirror.pnl.gov/fedora/linux/releases/17/Everything/x86_64/os/repodata/repomd.xml',
        location: 'us',
      },
      {
        url: 'http://mirrors.syringanetworks.net/fedora/releases/17/Everything/x86_64/os/repodata/repomd.xml',
        location: 'us',
      },
    ]);
  });
});

describe('addresses', () => {
  const urlsOf = async (text: string): Promise<string[]> => (await parse(text))[0]?.urls.map(({ url }) => url) ?? [];

  it('come by priority, those without one last, equals in their order', async () => {
    const text = file(
      '<url>http://d/</url><url priority="2">http://b/</url><url priority="2">http://c/</url>' +
        '<url priority="x">http://e/</url><url priority="1">http://a/</url><url priority="1">http://a/</url>' +
        '<url priority="-1">http://f/</url><url priority="0">http://g/</url><url priority="1000000">http://h/</url>',
    );
    expect(await urlsOf(text)).toEqual('abcdefgh'.split('').map((name) => `http://${name}/`));
  });

  it('come by preference in version 3, and no torrent is one', async () => {
    const text = v3(
      '<resources><url>http://c/</url><url preference="101">http://d/</url><url type="http" preference="10">http://b/</url>' +
        '<url type="http" preference="100">http://a/</url><url type="bittorrent" preference="100">http://t/</url></resources>',
    );
    expect(await urlsOf(text)).toEqual(['http://a/', 'http://b/', 'http://c/', 'http://d/']);
  });

  it('are http or https and nothing else', async () => {
    const bad = ['ftp://a/', 'file:///etc/passwd', 'javascript:x', 'http://', 'http://a b/', 'http://ä/', ''];
    const text = file(`${bad.map((url) => `<url>${url}</url>`).join('')}<url> https://ok/?a=1&amp;b=&#50; </url>`);
    expect(await urlsOf(text)).toEqual(['https://ok/?a=1&b=2']);
  });

  it('of another namespace do not count', async () => {
    const text = file('<url xmlns="urn:other">http://a/</url><x:url xmlns:x="urn:x">http://b/</x:url>');
    expect(await urlsOf(text)).toEqual([]);
  });

  it('are found where a namespace is declared further in, and no longer where it is taken back', async () => {
    const inside = `<file xmlns="${V4}" name="a.iso"><url>http://a/</url><url xmlns="">http://b/</url></file>`;
    expect(await urlsOf(`<m:metalink xmlns:m="${V4}">${inside}</m:metalink>`)).toEqual(['http://a/']);
  });

  it('are found under a prefix of the right namespace', async () => {
    const inside = '<m:file name="a.iso"><m:url>http://a/</m:url></m:file>';
    expect(await urlsOf(`<m:metalink xmlns:m="${V4}">${inside}</m:metalink>`)).toEqual(['http://a/']);
  });
});

describe('what is left out', () => {
  it('are unknown algorithms, and pieces nobody can place', async () => {
    const text = file(
      `<hash type="sha-256">${SHA256.toUpperCase()}</hash><hash type="crc32">1</hash>${PIECES(SHA1('a'))}`,
    );
    expect(await parse(text)).toEqual([
      { name: 'a.iso', size: undefined, digests: { sha256: SHA256 }, pieces: undefined, urls: [] },
    ]);
  });

  it('are pieces of a weaker algorithm', async () => {
    const strong = `<pieces type="sha-256" length="8"><hash>${SHA256}</hash></pieces>`;
    const [found] = await parse(file(`<size>8</size>${PIECES(SHA1('a') + SHA1('b'))}${strong}`));
    expect(found?.pieces).toEqual({ algorithm: 'sha256', length: 8, digests: [SHA256] });
  });

  it('are the folders in front of a name', async () => {
    expect((await parse(file('', 'iso/x86_64/a.iso')))[0]?.name).toBe('a.iso');
  });
});

describe('a hostile or damaged metalink is refused:', () => {
  it.each([
    ['no XML', 'hello'],
    ['nothing', ''],
    ['cut off', v4('<file name="a.iso">').slice(0, -12)],
    ['two roots', `${v4('<file name="a"/>')}<x/>`],
    ['no files', v4('')],
    ['another root', `<html xmlns="${V4}"><file name="a"/></html>`],
    ['no namespace', '<metalink><file name="a.iso"/></metalink>'],
    ['a wrong namespace', '<metalink xmlns="urn:other"><file name="a.iso"/></metalink>'],
    ['version 4 in the namespace of 3', '<metalink xmlns="http://www.metalinker.org/"><file name="a.iso"/></metalink>'],
    ['an external entity', `<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>${v4('<file name="&x;"/>')}`],
    ['an entity bomb', `<!doctype m [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>${v4('<file name="&b;"/>')}`],
    ['elements without end', v4('<file name="a"/>').replace('<file', `${'<a>'.repeat(100)}<file`)],
    ['tags that only cost time', v4('<a/>'.repeat(250_001))],
    ['attributes that only cost time', v4(`<a ${'b="c" '.repeat(100_001)}/>`)],
    ['references that only cost time', file('&amp;'.repeat(100_001))],
    ['a reserved name', file('<__proto__>x</__proto__>')],
    ['no name', v4('<file/>')],
    ['an empty name', file('', '')],
    ['a name that leads up', file('', '../a.iso')],
    ['a name that leads up in the middle', file('', 'a/../../a.iso')],
    ['a name that is a folder', file('', 'a/')],
    ['an absolute name', file('', '/etc/passwd')],
    ['a name with backslashes', file('', 'a\\b.iso')],
    ['a name with a drive', file('', 'c:a.iso')],
    ['an escaped name that leads up', file('', '&#46;&#46;/a.iso')],
    ['a name of dots', file('', '...')],
    ['two files of one name', v4('<file name="a.iso"/><file name="A.iso"/>')],
    ['two files of one name in two folders', v4('<file name="x/a.iso"/><file name="y/a.iso"/>')],
    ['a negative size', file('<size>-1</size>')],
    ['a broken size', file('<size>1.5</size>')],
    ['a size beyond counting', file('<size>99999999999999999999</size>')],
    ['two sizes', file('<size>1</size><size>2</size>')],
    ['a digest that is too short', file('<hash type="sha-256">abc</hash>')],
    ['a digest of another length', file(`<hash type="sha-1">${SHA256}</hash>`)],
    ['a digest that is not hex', file(`<hash type="sha-256">${'g'.repeat(64)}</hash>`)],
    [
      'two digests that differ',
      file(`<hash type="sha-256">${SHA256}</hash><hash type="sha-256">${'b'.repeat(64)}</hash>`),
    ],
    ['too few pieces', file(`<size>9</size>${PIECES(SHA1('a') + SHA1('b'))}`)],
    ['too many pieces', file(`<size>4</size>${PIECES(SHA1('a') + SHA1('b'))}`)],
    ['pieces without length', file(`<size>4</size>${PIECES(SHA1('a'), 0)}`)],
    ['pieces of negative length', file(`<size>4</size>${PIECES(SHA1('a'), -4)}`)],
    ['a broken piece', file(`<size>4</size>${PIECES('<hash>abc</hash>')}`)],
    [
      'pieces out of order',
      v3(
        `<size>8</size><verification><pieces type="sha1" length="4"><hash piece="1">${'a'.repeat(40)}</hash>` +
          `<hash piece="0">${'b'.repeat(40)}</hash></pieces></verification>`,
      ),
    ],
    ['too many files', v4(Array.from({ length: 1001 }, (_, index) => `<file name="${index}"/>`).join(''))],
    ['too many addresses', file(Array.from({ length: 10_001 }, (_, index) => `<url>http://a/${index}</url>`).join(''))],
  ])('%s', async (_, text) => {
    await rejects(parse(text));
  });

  it('bytes that are no UTF-8', async () => {
    await rejects(parseMetalink(Buffer.from(file('', 'a\u00e9.iso'), 'latin1'), 'test'));
  });

  it('one that is too large, without reading the rest', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'loopstick-metalink-'));
    try {
      const path = join(folder, 'large.meta4');
      await writeFile(path, file('') + ' '.repeat(METALINK_LIMIT));
      await rejects(readMetalink(path, new AbortController().signal));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    ['a FIFO, which is not waited for', (path: string) => execFileSync('mkfifo', [path])],
    ['a device, which has no end', (path: string) => symlinkSync('/dev/zero', path)],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('%s', async (_, make) => {
    const folder = await mkdtemp(join(tmpdir(), 'loopstick-metalink-'));
    try {
      const path = join(folder, 'a.meta4');
      make(path);
      const reading = readMetalink(path, new AbortController().signal);
      await expect(reading).rejects.toMatchObject({ code: 'METALINK_UNREADABLE' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('one that is not there', async () => {
    const reading = readMetalink('/nowhere/a.meta4', new AbortController().signal);
    await expect(reading).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describe('any document', () => {
  const word = fc.constantFrom(
    '<file name="',
    '<url>',
    '</url>',
    '<hash type="sha-1">',
    '</hash>',
    '"',
    '>',
    '/>',
    '&',
    '../',
    '<size>',
    '</size>',
    '-1',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '</file>',
    '\u0000',
    'é',
  );

  it('gives files with safe names or a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(word, fc.string()), { maxLength: 30 }), async (words) => {
        try {
          for (const { name, size = 0 } of await parse(v4(words.join('')))) {
            expect(name).toMatch(/^[^./\\-][^/\\]*$/);
            expect(size).toBeGreaterThanOrEqual(0);
          }
        } catch (error) {
          expect(isLoopstickError(error, 'METALINK_MALFORMED')).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
