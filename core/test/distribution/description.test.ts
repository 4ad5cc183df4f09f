import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { loadDescription } from '../../src/distribution/load-description.ts';
import { temporaryFolder } from '../engine/support.ts';
import { description, load, read, sha } from './support.ts';

const image = { file: 'x-{version}-{arch}.iso', variant: 'base', kind: 'live' };
const list = { name: 'list', checksums: { url: 'https://a.example/SUMS' }, images: [image] };
const lists = (change: object) => ({ lists: [{ ...list, ...change }] });
const rule = {
  name: 'r',
  recognise: { labels: ['X'] },
  title: 'X',
  kind: 'live',
  entries: [{ id: 'a', title: 'X', kernel: '/k' }],
};

/** Read in two rounds, by a list whose signature vouches for names of files. */
const signed = (change: object, changeImage: object = {}) => ({
  keys: [{ fingerprint: 'A'.repeat(40), file: './keys/x.asc' }],
  siblings: [{ id: 'sibling', name: 'Sibling' }],
  ...lists({
    each: { flavour: ['example', 'sibling'] },
    checksums: { url: 'https://a.example/{flavour}/S', signature: { form: 'clear' } },
    images: [{ ...image, ...changeImage }],
    ...change,
  }),
});

describe('a document', () => {
  test('may call an image by all that its signed name tells', async () => {
    const names = { file: '{flavour:example|sibling}-{version}-{desktop:words}-{arch}.iso', variant: '{desktop|id}' };
    const document = description(signed({ of: '{flavour}' }, names));
    expect((await load(document)).description.lists).toHaveLength(1);
  });

  test('may be nearly empty', async () => {
    expect((await load(description({}))).description).toMatchObject({ keys: [], lists: [], boot: [] });
  });

  test.each([
    ['is of a later major version', { schema: { major: 2, minor: 0 } }, 'schema.major'],
    ['has a field that nobody knows', { script: 'rm' }, 'script'],
    ['has a terminal escape in a name', { distribution: { id: 'x', name: 'X\u001b[2J' } }, 'distribution.name'],
    ['has a key outside the plugin', { keys: [{ fingerprint: 'A'.repeat(40), file: './../x.asc' }] }, 'keys[0].file'],
    ['has a short fingerprint', { keys: [{ fingerprint: 'ABCD1234', file: './x.asc' }] }, 'keys[0].fingerprint'],
    [
      'has a regular expression for a pattern',
      lists({ images: [{ ...image, file: '(a+){2,}$' }] }),
      'lists[0].images[0].file',
    ],
    ['uses what nothing gives', lists({ images: [{ ...image, variant: '{desktop}' }] }), 'lists[0].images[0].variant'],
    ['has no version in a name', lists({ images: [{ ...image, file: 'x-{arch}.iso' }] }), 'lists[0].images[0].version'],
    [
      'names a host by a placeholder',
      lists({ each: { h: ['x'] }, checksums: { url: 'https://{h}/SUMS' } }),
      'lists[0].checksums.url',
    ],
    [
      'names a host partly by a placeholder',
      lists({ each: { h: ['x'] }, checksums: { url: 'https://a{h}.example/' } }),
      'lists[0].checksums.url',
    ],
    ['names a user', lists({ checksums: { url: 'https://a.example@evil.example/SUMS' } }), 'lists[0].checksums.url'],
    ['names a file of this machine', lists({ checksums: { url: 'file:///etc/passwd' } }), 'lists[0].checksums.url'],
    ['names a foreign host', lists({ checksums: { url: 'https://evil.example/SUMS' } }), 'lists[0].checksums.url'],
    ['names a foreign mirror', lists({ mirrors: ['https://evil.example/{file}'] }), 'lists[0].mirrors[0]'],
    ['asks a foreign host first', { first: 'https://evil.example/' }, 'first'],
    [
      'is signed by nobody',
      lists({ checksums: { url: 'https://a.example/S', signature: { form: 'clear' } } }),
      'lists[0].checksums.signature',
    ],
    // What is signed are names: of whatever else the catalog made an image's name, somebody on the way could choose it.
    ['calls a distribution by what nobody signs', signed({ of: '{flavour}' }), 'lists[0].of'],
    ['calls a variant by what nobody signs', signed({}, { variant: '{flavour}' }), 'lists[0].images[0].variant'],
    ['calls a variant by an address', signed({}, { variant: '{url|id}' }), 'lists[0].images[0].variant'],
    ['calls a version by what nobody signs', signed({}, { version: '{flavour}' }), 'lists[0].images[0].version'],
    [
      'calls an architecture by what nobody signs',
      signed({ each: { flavour: ['x'], arch: ['amd64'] } }, { file: 'x-{version}.iso' }),
      'lists[0].images[0].arch',
    ],
    [
      'chooses a rule by what nobody signs',
      signed({}, { where: { flavour: 'example' } }),
      'lists[0].images[0].where.flavour',
    ],
    ['reads nothing', { lists: [{ name: 'list', images: [image] }] }, 'lists[0]'],
    [
      'has rows without a file',
      lists({ discover: { format: 'json', url: 'https://a.example/', fields: { x: 'y' } } }),
      'lists[0].discover',
    ],
    ['has two recipes of one name', { boot: [rule, rule] }, 'boot[1]'],
    [
      'boots what was not found',
      { boot: [{ ...rule, entries: [{ id: 'a', title: 'X', kernel: '{kernel}' }] }] },
      'boot[0].entries[0].kernel',
    ],
    ['recognises everything', { boot: [{ ...rule, recognise: {} }] }, 'boot[0].recognise'],
    ['boots nothing', { boot: [{ ...rule, entries: [] }] }, 'boot[0]'],
  ])('is refused, with the place, when it %s', async (_, parts, place) => {
    await expect(load(description(parts))).rejects.toMatchObject({
      code: 'DISTRIBUTION_INVALID',
      message: expect.stringContaining(place),
    });
  });

  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['NUL', '{"schema":"\\u0000"}\u0000'],
    ['a prototype', JSON.stringify(description({})).replace('{', '{"__proto__":{"lists":[]},')],
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['deep nesting inside', `{"lists":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['100,000 lists', JSON.stringify(description({ lists: Array.from({ length: 100_000 }, () => 1) }))],
  ])('is refused when it is %s', async (_, text) => {
    await expect(load(text)).rejects.toMatchObject({ code: 'DISTRIBUTION_INVALID' });
  });

  test('is refused when it is too large', async () => {
    await expect(load(' '.repeat(600_000))).rejects.toMatchObject({ code: 'DISTRIBUTION_TOO_LARGE' });
  });

  test('is not read through a link that leads out of the plugin', async () => {
    const [outside, directory] = [await temporaryFolder(), await temporaryFolder()];
    await writeFile(join(outside, 'd.json'), JSON.stringify(description({})));
    await symlink(join(outside, 'd.json'), join(directory, 'd.json'));
    const owner = { id: 'plugin', directory, file: join(directory, 'd.json'), hosts: [] };
    await expect(loadDescription(owner)).rejects.toMatchObject({ code: 'DISTRIBUTION_UNREADABLE' });
  });
});

describe('a list of a vendor that turned hostile', () => {
  const json = (rows: unknown) =>
    read(
      {
        lists: [
          {
            name: 'list',
            discover: { format: 'json', url: 'https://a.example/l', fields: { url: 'url', sha256: 'sha256' } },
            images: [image],
          },
        ],
      },
      { 'https://a.example/l': typeof rows === 'string' ? rows : JSON.stringify(rows) },
    );
  const row = (name: string, more: object = {}) => ({ url: `https://a.example/${name}`, sha256: sha('a'), ...more });

  test.each([
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['too many rows', JSON.stringify(Array.from({ length: 100_000 }, () => ({})))],
    ['another shape', '"text"'],
    ['no rows', '{}'],
    ['a web page', '<html>'],
  ])('is refused when it has %s', async (_, text) => {
    expect(await json(text)).toMatchObject({ error: 'DISTRIBUTION_EMPTY', warnings: ['DISTRIBUTION_LIST_LOST'] });
  });

  test('has no name that leads out of a folder or steers a terminal', async () => {
    const names = [
      '..%2Fx-1-amd64.iso',
      'x-1-amd64.iso%0a',
      '%1b[2Jx-1-amd64.iso',
      '-x-1-amd64.iso',
      'x-1-amd64.iso?x=1',
    ];
    const { images } = await json([...names.map((name) => row(name)), row('x-2-amd64.iso')]);
    expect(Object.values(images).map(({ file }) => file)).toEqual(['x-2-amd64.iso', 'x-1-amd64.iso']);
  });

  test('reaches no prototype', async () => {
    const text = `[{"__proto__":{"url":"https://a.example/x-1-amd64.iso","sha256":"${sha('a')}"}},${JSON.stringify(row('x-2-amd64.iso'))}]`;
    expect(Object.keys((await json(text)).images)).toEqual(['2/base/x86_64']);
  });

  test('is refused when reading it takes too much work', async () => {
    const names = Array.from({ length: 19_000 }, (_, at) => row(`${'a-'.repeat(900)}${at}`));
    const wide = Array.from('abcdefghijk', (name) => `{${name}:words}`).join('-');
    const outcome = await read(
      {
        lists: [
          {
            name: 'list',
            discover: { format: 'json', url: 'https://a.example/l', fields: { url: 'url' } },
            address: `https://a.example/${wide}{z:number}`,
            checksums: { url: 'https://a.example/SUMS' },
            images: [image],
          },
        ],
      },
      { 'https://a.example/l': JSON.stringify(names.slice(0, 4000)) },
    );
    expect(outcome.error).toBe('DISTRIBUTION_TOO_COMPLEX');
  });

  test.each([
    [
      'a bomb of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefghi', (name, at) => `${name}: &${name} [${`*${'abcdefgh'[at] ?? 'a'},`.repeat(9)}]`).join('\n')}`,
    ],
    ['deep nesting', '['.repeat(100_000)],
    ['too much', `- x\n`.repeat(200_000)],
  ])('is refused as YAML when it has %s', async (_, text) => {
    const discover = { format: 'yaml', url: 'https://a.example/l', rows: 'i', fields: { url: 'url' } };
    const outcome = await read(
      { lists: [{ name: 'list', discover, images: [image] }] },
      { 'https://a.example/l': text },
    );
    expect(outcome).toMatchObject({ error: 'DISTRIBUTION_EMPTY', warnings: ['DISTRIBUTION_LIST_LOST'] });
  });
});
