import { describe, expect, test } from 'vitest';

import { read, sha } from './support.ts';

const image = { file: 'x-{version}-{arch}.iso', variant: 'base', kind: 'live' };

/** One list with this discovery. */
const found = (discover: object, more: object = {}) => ({
  lists: [{ name: 'list', discover, images: [image], ...more }],
});

describe('what names files', () => {
  test('JSON, as Arch has it: rows below a key, relative addresses, nested fields', async () => {
    const { images } = await read(
      found(
        {
          format: 'json',
          url: 'https://a.example/releng/releases/json/',
          rows: 'releases',
          fields: { url: 'iso_url', sha256: 'sha256_sum', size: 'torrent.file_length' },
          where: { available: 'true' },
          base: 'https://b.example/',
        },
        {
          images: [
            {
              ...image,
              imageSignature: {
                form: 'detached',
                url: '{url}.sig',
                keys: ['3E80CA1A8B89F69CBA57D98A76A5EF9054449A5C'],
              },
            },
          ],
        },
      ),
      {
        'https://a.example/releng/releases/json/': JSON.stringify({
          releases: [
            {
              iso_url: '/iso/1/x-2025.08.01-x86_64.iso',
              sha256_sum: sha('a'),
              available: true,
              torrent: { file_length: 7 },
            },
            { iso_url: '/iso/2/x-2025.07.01-x86_64.iso', sha256_sum: sha('b'), available: false },
            { iso_url: '/iso/3/x-2025.06.01-x86_64.iso', available: true },
          ],
        }),
      },
    );
    expect(images).toEqual({
      '2025.08.01/base/x86_64': expect.objectContaining({
        size: 7,
        checksums: { sha256: sha('a') },
        mirrors: ['https://b.example/iso/1/x-2025.08.01-x86_64.iso'],
        signature: expect.objectContaining({ url: 'https://b.example/iso/1/x-2025.08.01-x86_64.iso.sig' }),
      }),
    });
    expect(images['2025.08.01/base/x86_64']?.evidence).toMatchObject({ level: 'tls' });
  });

  test('YAML, as Alpine has it: what looks like a number stays text', async () => {
    const { images } = await read(
      found(
        {
          format: 'yaml',
          url: 'https://a.example/{arch}/latest-releases.yaml',
          fields: { file: 'file', sha256: 'sha256', size: 'size', release: 'version' },
        },
        {
          each: { arch: ['x86_64', 'aarch64'] },
          images: [{ ...image, file: 'x-{version}-{arch}.iso', version: '{release}' }],
        },
      ),
      {
        'https://a.example/x86_64/latest-releases.yaml': `---\n-\n  title: "Standard"\n  version: 3.20\n  file: x-3.20-x86_64.iso\n  size: 5\n  sha256: ${sha('c')}\n`,
        'https://a.example/aarch64/latest-releases.yaml': `- {version: 3.20, file: x-3.20-aarch64.iso, sha256: ${sha('d')}}`,
      },
    );
    expect(Object.keys(images)).toEqual(['3.20/base/x86_64', '3.20/base/aarch64']);
    expect(images['3.20/base/x86_64']).toMatchObject({ size: 5 });
  });

  test('folders, then their listings, with a checksum beside each file, as openSUSE has it', async () => {
    const { images, asked } = await read(
      found(
        { format: 'index', url: '{folder}iso/' },
        {
          folders: { url: 'https://a.example/leap/', name: '{version}', newest: 2 },
          checksums: { url: '{url}.sha256' },
        },
      ),
      {
        'https://a.example/leap/':
          '<a href="../">up</a><a href="15.4/">x</a><a HREF=\'15.10/\'>x</a><a href=15.9/>x</a><a href="old/">',
        'https://a.example/leap/15.10/iso/':
          '<a href="?C=M">sort</a><a href="x-15.10-x86_64.iso">x</a><a href="x-15.10-x86_64.iso.sha256">' +
          '<a href="/elsewhere/x-15.10-aarch64.iso"><a href="https://evil.example/x-15.10-aarch64.iso">',
        'https://a.example/leap/15.9/iso/': '<a href="x-15.9-x86_64.iso">',
        'https://a.example/leap/15.10/iso/x-15.10-x86_64.iso.sha256': `${sha('a')}  x-15.10-x86_64.iso\n`,
        'https://a.example/leap/15.9/iso/x-15.9-x86_64.iso.sha256': `${sha('b')}  x-15.9-x86_64.iso\n`,
      },
    );
    expect(Object.keys(images)).toEqual(['15.10/base/x86_64', '15.9/base/x86_64']);
    expect(asked).not.toContain('https://a.example/leap/15.4/iso/');
    expect(asked.filter((url) => url.includes('evil'))).toEqual([]);
  });

  test('no page that has more links than any listing, wherever they lead', async () => {
    const page = 'https://a.example/';
    const listing = `<a href="x-1-x86_64.iso">${' href=?C=N'.repeat(100_000)}`;
    const list = { checksums: { url: `${page}SUMS` } };
    const sums = { [`${page}SUMS`]: `${sha('a')}  x-1-x86_64.iso\n` };
    const readPage = async (body: string) =>
      read(found({ format: 'index', url: page }, list), { ...sums, [page]: body });
    expect(await readPage(listing)).toMatchObject({
      error: 'DISTRIBUTION_EMPTY',
      warnings: ['DISTRIBUTION_LIST_LOST'],
    });
    expect(Object.keys((await readPage(listing.slice(0, 10_000))).images)).toEqual(['1/base/x86_64']);
  });

  test('a metalink beside each file, with its size', async () => {
    const metalink = (name: string, hash: string): string =>
      `<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="${name}"><size>7</size>${hash}</file></metalink>`;
    const { images, warnings } = await read(
      found({ format: 'index', url: 'https://a.example/' }, { checksums: { url: '{url}.meta4', format: 'metalink' } }),
      {
        'https://a.example/': '<a href="x-1-x86_64.iso"><a href="x-2-x86_64.iso"><a href="x-3-x86_64.iso">',
        'https://a.example/x-1-x86_64.iso.meta4': metalink(
          'x-1-x86_64.iso',
          `<hash type="sha-256">${sha('a')}</hash><hash type="sha-512">${'b'.repeat(128)}</hash>`,
        ),
        'https://a.example/x-2-x86_64.iso.meta4': metalink('other.iso', `<hash type="sha-256">${sha('a')}</hash>`),
        'https://a.example/x-3-x86_64.iso.meta4': '<html>',
      },
    );
    expect(Object.keys(images)).toEqual(['1/base/x86_64']);
    expect(images['1/base/x86_64']).toMatchObject({
      size: 7,
      checksums: { sha256: sha('a'), sha512: 'b'.repeat(128) },
      evidence: { level: 'tls' },
    });
    expect([...warnings].sort()).toEqual(['DISTRIBUTION_LIST_LOST', 'DISTRIBUTION_NO_CHECKSUM']);
  });

  test('folders that a document names, as NixOS has its channels', async () => {
    const { images, asked } = await read(
      {
        lists: [
          {
            name: 'list',
            each: { edition: ['small', 'large'] },
            folders: {
              url: 'https://a.example/query?query=channels',
              named: {
                rows: 'data.result',
                name: 'metric.channel',
                where: { 'metric.status': ['stable', 'deprecated'] },
                base: 'https://b.example/',
              },
              name: 'x-{release:version}',
              newest: 2,
            },
            checksums: { url: '{folder}latest-{edition}.iso.sha256' },
            images: [{ ...image, file: 'x-{version}-{arch}-{edition:small|large}.iso', variant: '{edition}' }],
            mirrors: ['https://a.example/{release}/{file}'],
          },
        ],
      },
      {
        'https://a.example/query?query=channels': JSON.stringify({
          data: {
            result: [
              ['x-25.11', 'stable'],
              ['x-25.5', 'deprecated'],
              ['x-24.11', 'deprecated'],
              ['x-26.05', 'beta'],
              ['x-25.11-tiny', 'stable'],
              ['../x-25.12', 'stable'],
            ].map(([channel, status]) => ({ metric: { channel, status } })),
          },
        }),
        'https://b.example/x-25.11/latest-small.iso.sha256': `${sha('a')}  x-25.11.7-x86_64-small.iso\n`,
        'https://b.example/x-25.11/latest-large.iso.sha256': `${sha('b')}  x-25.11.7-x86_64-large.iso\n`,
        'https://b.example/x-25.5/latest-small.iso.sha256': `${sha('c')}  x-25.5.9-x86_64-small.iso\n`,
      },
    );
    expect(Object.keys(images)).toEqual(['25.11.7/small/x86_64', '25.11.7/large/x86_64', '25.5.9/small/x86_64']);
    expect(images['25.5.9/small/x86_64']?.mirrors).toEqual(['https://a.example/25.5/x-25.5.9-x86_64-small.iso']);
    expect(asked.filter((url) => /24\.11|26\.05|25\.12|tiny/.test(url))).toEqual([]);
  });

  test('lines of columns, as the site list of Ubuntu has them', async () => {
    const { images } = await read(
      found(
        {
          format: 'lines',
          url: 'https://a.example/.manifest',
          separator: 'tab',
          columns: ['project', '-', 'url', 'size'],
          where: { project: 'x' },
        },
        { checksums: { url: 'https://a.example/SUMS' } },
      ),
      {
        'https://a.example/.manifest': 'x\tseries\t/s/x-1.0-amd64.iso\t77\ny\tseries\t/s/x-2.0-amd64.iso\t88\n',
        'https://a.example/SUMS': `${sha('a')} *x-1.0-amd64.iso\n`,
      },
    );
    expect(images).toEqual({ '1.0/base/x86_64': expect.objectContaining({ size: 77 }) });
  });

  test('an index of streams, followed to those that are wanted', async () => {
    const product = (path: string) => ({
      format: 'products:1.0',
      products: {
        p: {
          arch: 'amd64',
          release: 'r',
          versions: { v: { items: { i: { ftype: 'iso', path, sha256: sha('a'), size: 3 } } } },
        },
      },
    });
    const { images, asked } = await read(
      found({
        format: 'simplestreams',
        url: 'https://a.example/streams/v1/index.json',
        streams: ['wanted'],
        base: 'https://a.example/',
      }),
      {
        'https://a.example/streams/v1/index.json': JSON.stringify({
          format: 'index:1.0',
          index: {
            wanted: { datatype: 'image-downloads', path: 'streams/v1/wanted.json' },
            other: { datatype: 'image-downloads', path: 'streams/v1/other.json' },
          },
        }),
        'https://a.example/streams/v1/wanted.json': JSON.stringify(product('r/x-1.0-amd64.iso')),
      },
    );
    expect(images).toEqual({ '1.0/base/x86_64': expect.objectContaining({ size: 3 }) });
    expect(asked).toHaveLength(2);
  });

  test('addresses that are written out', async () => {
    const { images } = await read(
      found(
        { format: 'static', urls: ['https://a.example/{v}/x-{v}-amd64.iso'] },
        { each: { v: ['1.0', '2.0'] }, checksums: { url: '{folder}SUMS' } },
      ),
      {
        'https://a.example/1.0/SUMS': `${sha('a')}  x-1.0-amd64.iso`,
        'https://a.example/2.0/SUMS': `${sha('b')}  x-2.0-amd64.iso`,
      },
    );
    expect(Object.keys(images)).toEqual(['2.0/base/x86_64', '1.0/base/x86_64']);
  });

  test('the list of checksums itself, with files elsewhere', async () => {
    const { images } = await read(
      {
        lists: [
          {
            name: 'list',
            checksums: { url: 'https://a.example/CHECKSUMS.TXT' },
            images: [image],
            mirrors: ['https://b.example/{version}/{file}'],
          },
        ],
      },
      {
        'https://a.example/CHECKSUMS.TXT': `### SHA256SUMS:\n${sha('a')}  x-1.0-amd64.iso\n### SHA512SUMS:\n${'b'.repeat(128)}  x-1.0-amd64.iso\n`,
      },
    );
    expect(images).toEqual({
      '1.0/base/x86_64': expect.objectContaining({
        checksums: { sha256: sha('a'), sha512: 'b'.repeat(128) },
        mirrors: ['https://b.example/1.0/x-1.0-amd64.iso'],
      }),
    });
  });
});

describe('siblings', () => {
  const document = {
    siblings: [{ id: 'sibling', name: 'Sibling' }],
    releases: [{ version: '*', title: '{name} {version}' }],
    lists: [
      {
        name: 'list',
        of: '{whose}',
        each: { whose: ['example', 'sibling', 'stranger'] },
        checksums: { url: 'https://a.example/{whose}/SUMS' },
        images: [image],
      },
    ],
  };

  test('have images of their own, under their own names', async () => {
    const { document: found1, warnings } = await read(
      document,
      Object.fromEntries(
        ['example', 'sibling', 'stranger'].map((whose) => [
          `https://a.example/${whose}/SUMS`,
          `${sha('a')}  x-1.0-amd64.iso\n`,
        ]),
      ),
    );
    expect(found1?.distributions).toEqual([
      expect.objectContaining({ id: 'example', releases: [expect.objectContaining({ title: 'Example 1.0' })] }),
      expect.objectContaining({ id: 'sibling', releases: [expect.objectContaining({ title: 'Sibling 1.0' })] }),
    ]);
    expect(warnings).toContain('DISTRIBUTION_LIST_MALFORMED');
  });

  test('keep the newest versions of each, though one has no folders at all', async () => {
    const { document: found, error } = await read(
      {
        ...document,
        lists: [
          {
            ...document.lists[0],
            series: 'minor',
            folders: { url: 'https://a.example/{whose}/', name: '{folder_version:version}', newest: 2 },
            checksums: { url: '{folder}SUMS' },
          },
        ],
      },
      {
        'https://a.example/example/': '<a href="1.0.2/">',
        'https://a.example/example/1.0.2/SUMS': `${sha('a')}  x-1.0.1-amd64.iso\n${sha('b')}  x-1.0.2-amd64.iso\n`,
        'https://a.example/sibling/': '<a href="1.0.9/">',
        'https://a.example/sibling/1.0.9/SUMS': `${sha('c')}  x-1.0.9-amd64.iso\n`,
      },
    );
    expect(error).toBeUndefined();
    expect(found?.distributions.map(({ id, releases }) => [id, releases.map(({ version }) => version)])).toEqual([
      ['example', ['1.0.2']],
      ['sibling', ['1.0.9']],
    ]);
  });

  test('are named once', async () => {
    await expect(read({ ...document, siblings: [{ id: 'example', name: 'Example' }] }, {})).rejects.toMatchObject({
      code: 'DISTRIBUTION_INVALID',
    });
  });
});

describe('which versions are kept', () => {
  const sums = (...versions: string[]) =>
    versions.map((version, at) => `${sha(String(at))}  x-${version}-amd64.iso\n`).join('');
  const kept = async (more: object, ...versions: string[]) => {
    const lists = [{ name: 'list', checksums: { url: 'https://a.example/SUMS' }, images: [image], ...more }];
    const { document } = await read({ lists }, { 'https://a.example/SUMS': sums(...versions) });
    return document?.distributions[0]?.releases.map(({ version }) => version);
  };

  test('the newest, as numbers', async () => {
    expect(await kept({ newest: 2 }, '22.04.2', '22.04.10', '22.04.9')).toEqual(['22.04.10', '22.04.9']);
  });

  test('of a series the newest', async () => {
    expect(await kept({ series: 'minor' }, '22.04.2', '22.04.10', '24.04')).toEqual(['24.04', '22.04.10']);
    expect(await kept({ series: 'major' }, '12.1', '12.10', '11.3')).toEqual(['12.10', '11.3']);
  });
});
