import { describe, expect, test } from 'vitest';

import { searchCatalog } from '../../src/catalog/search.ts';
import { catalogOf, documentOf, image } from './support.ts';

const CATALOG = catalogOf(
  documentOf(
    {},
    {
      distributions: [
        {
          id: 'fedora',
          name: 'Fedora',
          summary: 'Like no Ubuntu.',
          releases: [
            {
              version: '42',
              codename: 'Adams',
              images: [image({ variant: 'kde' }), image({ variant: 'workstation' })],
            },
            { version: '41', images: [image({ variant: 'kde', arch: 'aarch64' })] },
          ],
        },
        {
          id: 'ubuntu',
          name: 'Ubuntu',
          summary: 'A Debian-based system.',
          releases: [
            {
              version: '24.04',
              codename: 'Noble Numbat',
              lts: true,
              images: [image(), image({ variant: 'server', kind: 'installer' })],
            },
          ],
        },
        { id: 'elive', name: 'Élive', releases: [{ version: '1', images: [image()] }] },
      ],
    },
  ),
);

const search = (...words: string[]): string[] => searchCatalog(CATALOG, words).map((entry) => entry.image.id);

describe('searchCatalog', () => {
  test.each([
    [['kde'], ['fedora/42/kde/x86_64', 'fedora/41/kde/aarch64']],
    [['kde', 'arm64'], ['fedora/41/kde/aarch64']],
    [['KDE', '42'], ['fedora/42/kde/x86_64']],
    [['fedora kde 42'], ['fedora/42/kde/x86_64']],
    [['Noble'], ['ubuntu/24.04/desktop/x86_64', 'ubuntu/24.04/server/x86_64']],
    [['lts', 'installer'], ['ubuntu/24.04/server/x86_64']],
    [['elive'], ['elive/1/desktop/x86_64']],
    [['ÉLIVE'], ['elive/1/desktop/x86_64']],
    [['based', 'server'], ['ubuntu/24.04/server/x86_64']],
    [['fedora', 'numbat'], []],
    [['kde', '['], []],
    [['(.*)'], []],
    [[' '], []],
    [[], []],
  ])('finds for %j: %j', (words, ids) => {
    expect(search(...words)).toEqual(ids);
  });

  test('puts the one of this name before those that mention it', () => {
    expect(search('ubuntu')).toEqual([
      'ubuntu/24.04/desktop/x86_64',
      'ubuntu/24.04/server/x86_64',
      'fedora/42/kde/x86_64',
      'fedora/42/workstation/x86_64',
      'fedora/41/kde/aarch64',
    ]);
  });

  test('puts the beginning of a word before its inside', () => {
    const named = (id: string): object => ({ id, releases: [{ version: '1', images: [image()] }] });
    const catalog = catalogOf(documentOf({}, { distributions: [named('antix'), named('mx-tixos')] }));
    expect(searchCatalog(catalog, ['tix']).map(({ distribution }) => distribution.id)).toEqual(['mx-tixos', 'antix']);
  });
});
