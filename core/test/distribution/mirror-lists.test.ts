import { describe, expect, test } from 'vitest';

import { mirrorListsOf } from '../../src/distribution/mirror-lists.ts';
import { description, load } from './support.ts';

const RULES = [
  { from: ['https://old.example/{path}'] },
  {
    from: ['https://{host:a|b}.example/{root:pub/x|pub/y}/{folder:path}/{last:text}'],
    list: {
      format: 'mirrorlist',
      url: 'https://b.example/mirrors?path={root}/{folder}/',
      path: '{last}',
      tree: '{folder}/{last}',
    },
  },
];

async function lists(...urls: string[]) {
  const { description: loaded } = await load(description({ mirrorLists: RULES }));
  const image = {
    id: 'example/1/base/x86_64',
    distribution: 'example',
    version: '1',
    variant: 'base',
    arch: 'x86_64',
    file: 'x.iso',
    urls,
  };
  return mirrorListsOf(loaded, 'plugin')?.lists(image, { signal: new AbortController().signal });
}

describe('lists of mirrors as data', () => {
  test('are those of the first address that a rule knows', async () => {
    expect(
      await lists('https://elsewhere.example/x', 'https://a.example/pub/y/1/iso/x.iso', 'https://old.example/x'),
    ).toEqual([
      { format: 'mirrorlist', url: 'https://b.example/mirrors?path=pub/y/1/iso/', path: 'x.iso', tree: '1/iso/x.iso' },
    ]);
  });

  test('are none for an address that a rule knows to have none', async () => {
    expect(await lists('https://old.example/1/x.iso', 'https://a.example/pub/y/1/iso/x.iso')).toEqual([]);
  });

  test('are none for an address that nobody knows', async () => {
    expect(await lists('https://a.example/x.iso', 'no address')).toEqual([]);
  });

  test('are not asked for when there is no rule', async () => {
    expect(mirrorListsOf((await load(description({}))).description, 'plugin')).toBeUndefined();
  });
});
