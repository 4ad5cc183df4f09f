import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Catalog, CatalogDistribution } from '../../src/catalog/model.ts';
import { compareVersions } from '../../src/catalog/version-order.ts';
import { planCollection, type Collectable, type CollectOptions } from '../../src/library/collect-plan.ts';
import type { LibraryEntry, SetAsideFile } from '../../src/library/list.ts';
import type { LibraryPart } from '../../src/library/parts.ts';
import { sha256Of } from './support.ts';

const NOW = new Date('2026-05-01T12:00:00Z');
const DAY = 24 * 3600 * 1000;
const digestOf = (name: string): string => sha256Of(Buffer.from(name));

/** A catalog of these images, by id; the digest of each is that of its id. */
function catalogOf(ids: readonly string[]): Catalog {
  const distributions = ids.map((id): CatalogDistribution => {
    const [distribution = '', version = '', variant = '', arch = ''] = id.split('/');
    const image = {
      ...{ id, variant, arch, kind: 'live' as const, file: `${version}.iso`, mirrors: ['https://example.org/x'] },
      ...{ checksums: { sha256: digestOf(id) }, evidence: { level: 'none' as const }, provenance: {} },
    };
    const releases = [{ version, images: [image], provenance: {} }];
    return { id: distribution, name: distribution, releases, provenance: {} };
  });
  return { distributions, sources: [] };
}

/** A file of the library: named by what its digest is made of. */
function fileOf(name: string, image?: string): LibraryEntry {
  const facts = { size: 1, image, addedAt: undefined, usedAt: undefined, recorded: true, frees: 4096 };
  return { path: `/library/${name}`, file: name, sha256: digestOf(name), ...facts };
}
function partOf(name: string, daysOld = 0): LibraryPart {
  const path = `/library/${name}.iso`;
  const changedAt = new Date(NOW.getTime() - daysOld * DAY);
  return { path, file: name, sha256: digestOf(name), paths: [`${path}.part`], frees: 4096, changedAt };
}
interface Given {
  readonly catalog?: readonly string[];
  readonly files?: readonly LibraryEntry[];
  readonly parts?: readonly LibraryPart[];
  readonly setAside?: readonly SetAsideFile[];
}
const plan = ({ catalog = [], files = [], parts = [], setAside = [] }: Given, options: CollectOptions): Collectable[] =>
  planCollection({ files, parts, setAside }, catalogOf(catalog), options, NOW);
const told = (planned: readonly Collectable[]): string[] =>
  planned.map(({ reason, item }) => `${item.file}: ${reason}`);

const U = (version: string): string => `ubuntu/${version}/desktop/x86_64`;

describe('planCollection', () => {
  it('removes nothing for its age unless it is told how many to keep', () => {
    const catalog = [U('22.04.2'), U('22.04.10')];
    expect(plan({ catalog, files: catalog.map((id) => fileOf(id)) }, {})).toEqual([]);
  });

  it('keeps the newest of each line by the order of versions, not of letters', () => {
    const other = 'ubuntu/20.04/server/x86_64';
    const catalog = [U('22.04.2'), U('22.04.10'), U('9.04'), U('24.04-beta'), other];
    const files = catalog.map((id) => fileOf(id));
    expect(told(plan({ catalog, files }, { keepLatest: 1 }))).toEqual(
      [U('22.04.2'), U('22.04.10'), U('9.04')].map((id) => `${id}: superseded`),
    );
    expect(told(plan({ catalog, files }, { keepLatest: 2 }))).toEqual(
      [U('22.04.2'), U('9.04')].map((id) => `${id}: superseded`),
    );
  });

  it('counts the versions that are there, not those of the catalog', () => {
    const catalog = [U('22.04'), U('24.04'), U('26.04')];
    expect(plan({ catalog, files: [fileOf(U('22.04'))] }, { keepLatest: 1 })).toEqual([]);
  });

  it('removes nothing that the catalog does not know, unless it is told to', () => {
    const catalog = [U('24.04')];
    const files = [fileOf(U('24.04')), fileOf('my.iso'), fileOf('old', U('22.04')), fileOf('respin', U('24.04'))];
    expect(plan({ catalog, files }, { keepLatest: 1 })).toEqual([]);
    expect(told(plan({ catalog, files }, { keepLatest: 1, unknown: true }))).toEqual([
      'my.iso: unknown',
      'old: superseded',
      'respin: superseded',
    ]);
    expect(told(plan({ catalog, files }, { keepLatest: 2, unknown: true }))).toEqual([
      'my.iso: unknown',
      'respin: superseded',
    ]);
  });

  it('keeps a file that is also a newer image', () => {
    const shared = digestOf(U('22.04'));
    const catalog = catalogOf([U('22.04'), U('24.04'), 'mint/22/cinnamon/x86_64']);
    const image = catalog.distributions[2]?.releases[0]?.images[0];
    if (image !== undefined) Object.assign(image.checksums, { sha256: shared });
    const files = [fileOf(U('22.04')), fileOf(U('24.04'))];
    expect(planCollection({ files, parts: [], setAside: [] }, catalog, { keepLatest: 1 }, NOW)).toEqual([]);
  });

  it.each<[string, LibraryPart, CollectOptions, string[]]>([
    ['of a current image', partOf(U('24.04'), 400), { keepLatest: 1 }, []],
    ['of a superseded image', partOf(U('22.04')), { keepLatest: 1 }, ['superseded']],
    ['of one that is old but not to be removed', partOf(U('22.04')), {}, []],
    ['of an image that nobody knows', partOf('x', 29), {}, []],
    ['of an image that nobody knows any more', partOf('x', 31), {}, ['abandoned']],
    ['of an image that nobody knows, when asked to', partOf('x'), { unknown: true }, ['abandoned']],
    ['of a file that is complete', partOf(U('23.04')), {}, ['abandoned']],
  ])('treats a part %s rightly', (_, part, options, reasons) => {
    const catalog = [U('22.04'), U('23.04'), U('24.04')];
    const planned = plan({ catalog, files: [fileOf(U('23.04'))], parts: [part] }, options);
    expect(planned.map(({ reason }) => reason)).toEqual(reasons);
  });

  it('removes what was set aside only with what is unknown', () => {
    const setAside = [fileOf('changed')];
    expect(plan({ setAside }, { keepLatest: 1 })).toEqual([]);
    expect(told(plan({ setAside }, { unknown: true }))).toEqual(['changed: changed']);
  });

  const version = fc.oneof(
    fc.tuple(fc.nat(12), fc.nat(12)).map(([major, minor]) => `${major}.${minor}`),
    fc.nat(12).map((major) => `${major}-beta`),
    fc.nat(12).map((major) => `${major}`),
  );
  const id = fc
    .tuple(fc.constantFrom('a', 'b'), version, fc.constantFrom('live', 'server'), fc.constantFrom('x86_64', 'aarch64'))
    .map((parts) => parts.join('/'));
  const ids = fc.uniqueArray(id, { maxLength: 14 });
  const lineOf = (name: string): string =>
    name
      .split('/')
      .filter((_, at) => at !== 1)
      .join('/');
  const versionOf = (name: string): string => name.split('/')[1] ?? '';

  it('never removes one of the newest that the catalog knows, and leaves no more than asked for', () => {
    const options = fc.record({ keepLatest: fc.integer({ min: 1, max: 4 }), unknown: fc.boolean() });
    fc.assert(
      fc.property(ids, ids, ids, options, (catalog, held, foreign, choice) => {
        const known = held.filter((each) => catalog.includes(each));
        const files = [...held.map((each) => fileOf(each)), ...foreign.map((each) => fileOf(`once ${each}`, each))];
        const gone = new Set(plan({ catalog, files }, choice).map(({ item }) => item.file));
        for (const each of known) {
          const newer = known.filter(
            (other) => lineOf(other) === lineOf(each) && compareVersions(versionOf(other), versionOf(each)) > 0,
          );
          const versions = newer.reduce<string[]>(
            (seen, other) =>
              seen.some((one) => compareVersions(one, versionOf(other)) === 0) ? seen : [...seen, versionOf(other)],
            [],
          );
          expect(gone.has(each)).toBe(versions.length >= choice.keepLatest);
        }
        // What the catalog does not know.
        if (!choice.unknown) for (const each of gone) expect(known).toContain(each);
      }),
    );
  });

  it('has nothing left to do after it was done', () => {
    fc.assert(
      fc.property(ids, ids, fc.integer({ min: 1, max: 4 }), fc.boolean(), (catalog, held, keepLatest, unknown) => {
        const files = held.map((each) => fileOf(each, each));
        const gone = plan({ catalog, files }, { keepLatest, unknown }).map(({ item }) => item.file);
        const left = files.filter(({ file }) => !gone.includes(file));
        expect(plan({ catalog, files: left }, { keepLatest, unknown })).toEqual([]);
      }),
    );
  });
});
