import { readFile } from 'node:fs/promises';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isLoopstickError } from '../../../src/engine/errors.ts';
import { MIRROR_LIST_FORMATS, type MirrorListFormat } from '../../../src/engine/hooks.ts';
import type { ListedMirror } from '../../../src/mirror/lists/listed-mirror.ts';
import { parseList } from '../../../src/mirror/lists/parse-list.ts';

const LIST = 'https://lists.example.org/list';
const V4 = 'urn:ietf:params:xml:ns:metalink';

const parse = (
  format: MirrorListFormat,
  document: string | Uint8Array,
  file = 'a.iso',
  url = LIST,
): Promise<ListedMirror[]> => parseList(Buffer.from(document), { format, url, file });
const urlsOf = async (format: MirrorListFormat, document: string): Promise<string[]> =>
  (await parse(format, document)).map(({ url }) => url);
const fixture = (name: string): Promise<Buffer> => readFile(new URL(`fixtures/${name}`, import.meta.url));
const metalink = (name: string): Promise<Buffer> =>
  readFile(new URL(`../../download/fixtures/${name}`, import.meta.url));
const rejects = (promise: Promise<unknown>): Promise<void> =>
  expect(promise).rejects.toMatchObject({ code: 'MIRROR_LIST_MALFORMED', category: 'bad-input' });

const rss = (items: string, root = 'rss xmlns:mirror="https://launchpad.net/"'): string =>
  `<?xml version="1.0"?><${root}><channel>${items}</channel></${root.split(' ')[0]}>`;
const item = (link: string, inside = ''): string => `<item><link>${link}</link>${inside}</item>`;
const band = (level: string): string => `<mirror:bandwidth>${level}</mirror:bandwidth>`;
const v4 = (urls: string, name = 'a.iso'): string =>
  `<metalink xmlns="${V4}"><file name="${name}">${urls}</file></metalink>`;

describe('a genuine list', () => {
  const ISO = 'openSUSE-11.3-NET-i586.iso';

  it('of MirrorBrain, version 4: by priority, with countries', async () => {
    const mirrors = await parse('metalink', await metalink(`${ISO}.meta4`), ISO);
    expect(mirrors.length).toBeGreaterThan(50);
    for (const { url, country } of mirrors) {
      expect(url).toMatch(/^https?:\/\/.*\.iso$/);
      expect(country).toMatch(/^[a-z]{2}$/);
    }
  });

  it('of MirrorBrain, version 3: by preference, and so with the same mirrors last', async () => {
    const [three, four] = await Promise.all([
      parse('metalink', await metalink(`${ISO}.metalink`), ISO),
      parse('metalink', await metalink(`${ISO}.meta4`), ISO),
    ]);
    const hosts = (mirrors: readonly ListedMirror[]): string[] => mirrors.map(({ url }) => new URL(url).host);
    expect(hosts(three).sort()).toEqual(hosts(four).sort());
    const third = await metalink(`${ISO}.metalink`);
    const preferences = [...third.toString().matchAll(/preference="(\d+)">(http[^<]*)</g)];
    const best = preferences.reduce((so, each) => (Number(each[1]) > Number(so[1]) ? each : so));
    expect(new URL((await parse('metalink', third, ISO))[0]!.url).host).toBe(new URL(best[2]!).host);
  });

  it('of MirrorManager', async () => {
    const mirrors = await parse('metalink', await metalink('fedora17-repomd-mirrormanager.metalink'), 'repomd.xml');
    expect(mirrors.slice(0, 2)).toEqual([
      {
        url: 'http://mirror.pnl.gov/fedora/linux/releases/17/Everything/x86_64/os/repodata/repomd.xml',
        country: 'us',
      },
      {
        url: 'http://mirrors.syringanetworks.net/fedora/releases/17/Everything/x86_64/os/repodata/repomd.xml',
        country: 'us',
      },
    ]);
  });

  it('of MirrorCache', async () => {
    const mirrors = await parse('mirrorcache', await fixture('mirrorcache-mirrorlist.json'));
    expect(mirrors).toHaveLength(16);
    expect(mirrors[0]).toEqual({ url: 'https://ftp.uni-erlangen.de/opensuse/tumbleweed/repo/non-oss/' });
    expect(mirrors[14]?.url).toBe('http://mirror.euserv.net/linux/opensuse/tumbleweed/repo/non-oss/');
  });

  it('of Launchpad (made by hand): most bandwidth first, as an order and no speed', async () => {
    expect(await parse('launchpad', await fixture('cdmirrors.rss'))).toEqual([
      { url: 'https://fast.example.net/pub/ubuntu-releases', country: 'de', continent: 'eu', bandwidth: 1 },
      { url: 'http://plain.example.com/releases/', country: 'nz', continent: 'oc', bandwidth: 0.5 },
      { url: 'https://slow.example.org/ubuntu-releases/', country: 'us', continent: 'na', bandwidth: 0 },
      { url: 'https://silent.example.org/' },
    ]);
  });

  it('of one address a line (made by hand)', async () => {
    const text =
      '# repo = x country = DE\r\nhttps://b.example/x/\r\n\r\n  http://a.example/x \nrsync://c/x\n# end\nhttps://c.example';
    expect(await urlsOf('mirrorlist', text)).toEqual([
      'https://b.example/x/',
      'http://a.example/x',
      'https://c.example/',
    ]);
  });
});

describe('what a list says of a mirror', () => {
  it('is not believed where it is none of what it can be', async () => {
    const place =
      '<mirror:location><mirror:countrycode>Germany</mirror:countrycode><mirror:continent>Mars</mirror:continent></mirror:location>';
    const text = rss(
      item('https://a/', band('-5') + place) + item('https://b/', band('1e9')) + item('https://c/', band('90')),
    );
    expect(await parse('launchpad', text)).toEqual([
      { url: 'https://c/' },
      { url: 'https://a/' },
      { url: 'https://b/' },
    ]);
  });

  it('does not count in another namespace', async () => {
    const text = rss(item('https://a/', band('10')) + item('https://b/', band('90')), 'rss xmlns:mirror="urn:x"');
    expect(await parse('launchpad', text)).toEqual([{ url: 'https://a/' }, { url: 'https://b/' }]);
  });

  it('is its order: MirrorCache by prio, those without one last', async () => {
    const text = JSON.stringify([
      { url: 'https://c/' },
      { url: 'https://b/', prio: 2 },
      { url: 'https://a/', prio: 1 },
    ]);
    expect(await urlsOf('mirrorcache', text)).toEqual(['https://a/', 'https://b/', 'https://c/']);
  });
});

describe('addresses that are left out', () => {
  const BAD = [
    'ftp://a.example/',
    'javascript:alert(1)',
    'https://user:secret@a.example/',
    'https://user@a.example/',
    'file:///etc/passwd',
    'https:\\\\a.example\\',
    'https://',
    'https://a.example:99999/',
    'https:///etc',
    `https://a.example/${'x'.repeat(3000)}`,
    'https://127.0.0.1/x',
    'http://localhost:631/x',
    'http://x.localhost/',
    'http://[::1]/x',
    'http://0x7f.1/',
    'http://0.0.0.0/x',
    'https://192.168.1.1/x',
    'https://169.254.169.254/latest/meta-data',
    'https://[fd00::1]/x',
  ];

  it.each<[MirrorListFormat, (urls: readonly string[]) => string]>([
    ['metalink', (urls) => v4(urls.map((url) => `<url>${url}</url>`).join(''))],
    ['mirrorlist', (urls) => urls.join('\n')],
    ['mirrorcache', (urls) => JSON.stringify(urls.map((url) => ({ url })))],
    ['launchpad', (urls) => rss(urls.map((url) => item(url)).join(''))],
  ])('of a %s', async (format, make) => {
    expect(await urlsOf(format, make([...BAD, 'https://ok.example/']))).toEqual(['https://ok.example/']);
    await rejects(parse(format, make(BAD)));
  });

  it('are those nearer than the list itself', async () => {
    const mirrors = ['http://127.0.0.1:8080/', 'http://192.168.1.1/', 'https://a.example/'];
    const from = async (list: string): Promise<string[]> =>
      (await parse('mirrorlist', mirrors.join('\n'), 'a.iso', list)).map(({ url }) => url);
    expect(await from('http://localhost:9/list')).toEqual(mirrors);
    expect(await from('https://10.0.0.1/list')).toEqual(mirrors.slice(1));
    expect(await from('https://lists.example/list')).toEqual(mirrors.slice(2));
  });

  it('are not those with international names, which become ASCII', async () => {
    expect(await urlsOf('mirrorlist', 'https://bücher.example/Ä/')).toEqual(['https://xn--bcher-kva.example/%C3%84/']);
  });
});

describe('what is no list', () => {
  const PAGE = '\ufeff<!DOCTYPE html>\n<html><body>Please log in: https://portal.example/</body></html>';
  const DOCUMENTS: [string, string | Uint8Array][] = [
    ['nothing', ''],
    ['a web page', PAGE],
    ['a web page of another time', '<HTML>\n<meta http-equiv="refresh" content="0"></HTML>'],
    ['bytes', Uint8Array.from({ length: 4096 }, (_, index) => (index * 37) % 256)],
    ['zeros', new Uint8Array(1000)],
    ['text', 'Service unavailable, please try again later'],
    ['an empty array', '[]'],
    ['an object', '{"error": "not found"}'],
    ['a comment', '# repo = x arch = y error: invalid repo or arch'],
    ['a feed without items', rss('')],
    ['a feed in a namespace', rss(item('https://a/'), 'rss xmlns="urn:x"')],
    ['a feed with a document type', `<!DOCTYPE rss [<!ENTITY x "y">]>${rss(item('https://a/'))}`],
    ['a feed that is cut off', rss(item('https://a/')).slice(0, -20)],
    ['a metalink of another file', v4('<url>https://a/</url>', 'b.iso')],
    ['a metalink whose name leads out', v4('<url>https://a/</url>', '../a.iso')],
    ['a metalink that is cut off', v4('<url>https://a/</url>').slice(0, -20)],
    ['a metalink in a wrong namespace', v4('<url>https://a/</url>').replace(V4, 'urn:x')],
    [
      'a metalink with a document type',
      `<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>${v4('<url>https://a/</url>')}`,
    ],
    ['JSON that is cut off', '[{"url": "https://a/"'],
    ['JSON without addresses', '[{"prio": 1}]'],
    ['JSON with a number for an address', '[{"url": 1}]'],
    ['too many entries', JSON.stringify(Array.from({ length: 10_001 }, () => ({ url: 'https://a/' })))],
    ['too many lines', 'https://a/\n'.repeat(10_001)],
    ['too many items', rss(item('https://a/').repeat(10_001))],
  ];

  it.each(DOCUMENTS)('%s', async (what, document) => {
    for (const format of MIRROR_LIST_FORMATS.filter((each) => what !== 'too many lines' || each === 'mirrorlist')) {
      await rejects(parse(format, document));
    }
  });
});

describe('any document', () => {
  const word = fc.constantFrom(
    '<rss xmlns:mirror="https://launchpad.net/">',
    '</rss>',
    '<channel>',
    '</channel>',
    '<item>',
    '</item>',
    '<link>',
    '</link>',
    '<mirror:bandwidth>',
    '</mirror:bandwidth>',
    `<metalink xmlns="${V4}">`,
    '</metalink>',
    '<file name="a.iso">',
    '</file>',
    '<url>',
    '</url>',
    'https://a.example/',
    'http://user:pw@b.example',
    'javascript:x',
    '@',
    '\n',
    '#',
    '[{"url":"',
    '"}]',
    '"},{"url":"',
    '<![CDATA[',
    ']]>',
    '\\',
    '\u0000',
    '\u202e',
    'ä',
    '%',
  );

  it.each(MIRROR_LIST_FORMATS)('as a %s gives plain addresses of the web, or is refused', async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(word, fc.string(), fc.webUrl()), { maxLength: 30 }), async (words) => {
        try {
          const mirrors = await parse(format, words.join(''));
          expect(mirrors.length).toBeGreaterThan(0);
          for (const { url, bandwidth = 0 } of mirrors) {
            const { href, protocol, username, password } = new URL(url);
            expect([href, username, password]).toEqual([url, '', '']);
            expect(protocol).toMatch(/^https?:$/);
            expect(bandwidth).toBeGreaterThanOrEqual(0);
            expect(bandwidth).toBeLessThanOrEqual(1);
          }
        } catch (error) {
          expect(isLoopstickError(error, 'MIRROR_LIST_MALFORMED')).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(MIRROR_LIST_FORMATS)('of bytes as a %s is no more than refused', async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const code = await parse(format, bytes).then(
          () => 'MIRROR_LIST_MALFORMED',
          (error: unknown) => (error as { code?: unknown }).code,
        );
        expect(code).toBe('MIRROR_LIST_MALFORMED');
      }),
    );
  });
});
