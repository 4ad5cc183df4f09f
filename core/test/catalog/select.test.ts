import { describe, expect, test } from 'vitest';

import { isPastEndOfLife } from '../../src/catalog/model.ts';
import { endedWarning, matchImages, selectImage } from '../../src/catalog/select.ts';
import { catalogOf, documentOf, image, thrown } from './support.ts';

const NOW = new Date('2026-06-15T12:00:00Z');
const DESKTOP = image({ default: true });
const SERVER = image({ variant: 'server', kind: 'installer' });

const CATALOG = catalogOf(
  documentOf({
    '44-beta': { images: [DESKTOP] },
    '22.04.2': { lts: true, codename: 'Jammy Jellyfish', images: [SERVER, DESKTOP] },
    '22.04.10': { lts: true, codename: 'Jammy Jellyfish', images: [SERVER, DESKTOP, image({ arch: 'aarch64' })] },
    '23.10': { endOfLife: '2026-06-14', images: [DESKTOP, SERVER] },
    '23.04': { endOfLife: '2026-06-15', images: [DESKTOP, image({ variant: 'mini' })] },
    '22.10': { endOfLife: '2020-01-01', images: [DESKTOP, image({ variant: 'old' })] },
  }),
);

const select = (reference: string, now = NOW): string => selectImage(CATALOG, reference, now).image.id;
const refusal = (reference: string): unknown => thrown(() => select(reference));

describe('selectImage', () => {
  test.each([
    ['distro', 'distro/23.04/desktop/x86_64'],
    ['distro/server', 'distro/22.04.10/server/x86_64'],
    ['distro/mini', 'distro/23.04/mini/x86_64'],
    ['distro/arm64', 'distro/22.04.10/desktop/aarch64'],
    ['distro/desktop/aarch64', 'distro/22.04.10/desktop/aarch64'],
    ['distro@22.04', 'distro/22.04.10/desktop/x86_64'],
    ['distro@22', 'distro/22.04.10/desktop/x86_64'],
    ['distro@22.04.2', 'distro/22.04.2/desktop/x86_64'],
    ['distro@22.04/server/amd64', 'distro/22.04.10/server/x86_64'],
    ['distro@jammy', 'distro/22.04.10/desktop/x86_64'],
    ['distro@lts', 'distro/22.04.10/desktop/x86_64'],
    ['distro@23.10', 'distro/23.10/desktop/x86_64'],
    ['distro@23', 'distro/23.04/desktop/x86_64'],
    ['distro@22/old', 'distro/22.10/old/x86_64'],
    ['distro@44 Beta', 'distro/44-beta/desktop/x86_64'],
    ['distro@latest', 'distro/23.04/desktop/x86_64'],
    ['distro@latest/server', 'distro/22.04.10/server/x86_64'],
    ['distro@^22', 'distro/22.04.10/desktop/x86_64'],
    ['distro@~22.04', 'distro/22.04.10/desktop/x86_64'],
    ['distro@>=22.04 <23', 'distro/22.04.10/desktop/x86_64'],
    ['distro@>=22.04, < 22.04.10/server', 'distro/22.04.2/server/x86_64'],
    ['distro@>=22', 'distro/23.04/desktop/x86_64'],
    // Only what has ended is left, and it was asked for; what is not final comes last.
    ['distro@>23.04', 'distro/23.10/desktop/x86_64'],
    ['distro@~22.10/old', 'distro/22.10/old/x86_64'],
    ['distro@>40', 'distro/44-beta/desktop/x86_64'],
    ['distro/22.04.2/server/x86_64', 'distro/22.04.2/server/x86_64'],
  ])('takes %s for %s', (reference, id) => {
    expect(select(reference)).toBe(id);
  });

  test('looks at the clock it is given', () => {
    expect(select('distro', new Date('2026-06-14T23:59:59Z'))).toBe('distro/23.10/desktop/x86_64');
    expect(select('distro', new Date('2026-06-16T00:00:00Z'))).toBe('distro/22.04.10/desktop/x86_64');
  });

  test('gives the whole entry', () => {
    const { distribution, release } = selectImage(CATALOG, 'distro@22.04', NOW);
    expect([distribution.name, release.codename]).toEqual(['Distro', 'Jammy Jellyfish']);
  });

  test('takes the first image where none is the default', () => {
    const catalog = catalogOf(documentOf({ '1': [SERVER, image()] }));
    expect(selectImage(catalog, 'distro', NOW).image.variant).toBe('server');
  });

  test.each([
    ['distor', 'CATALOG_UNKNOWN_DISTRIBUTION', 'distro'],
    ['dist', 'CATALOG_UNKNOWN_DISTRIBUTION', 'distro'],
    ['distro-linux', 'CATALOG_UNKNOWN_DISTRIBUTION', 'Did you mean distro?'],
    ['something', 'CATALOG_UNKNOWN_DISTRIBUTION', 'There is distro.'],
    ['constructor', 'CATALOG_UNKNOWN_DISTRIBUTION', 'distro'],
    ['distro@99', 'CATALOG_UNKNOWN_RELEASE', '22.04.10'],
    ['distro@22.0', 'CATALOG_UNKNOWN_RELEASE', '22.04.10'],
    ['distro@44', 'CATALOG_UNKNOWN_RELEASE', '44-beta'],
    ['distro@^12', 'CATALOG_UNKNOWN_RELEASE', '22.04.10'],
    ['distro@latest/old', 'CATALOG_NO_CURRENT_RELEASE', 'distro@22.10/old'],
    ['distro/22.04/desktop/x86_64', 'CATALOG_UNKNOWN_RELEASE', '22.04.2'],
    ['distro/old', 'CATALOG_NO_CURRENT_RELEASE', 'distro@22.10/old'],
    ['distro/kde', 'CATALOG_UNKNOWN_VARIANT', 'server'],
    ['distro@22.04/mini', 'CATALOG_UNKNOWN_VARIANT', 'desktop'],
    ['distro/mini/aarch64', 'CATALOG_UNKNOWN_ARCH', 'x86_64'],
    ['distro@23.10/arm64', 'CATALOG_UNKNOWN_ARCH', 'x86_64'],
  ])('refuses %s with %s and offers %s', (reference, code, offer) => {
    expect(refusal(reference)).toMatchObject({ code, category: 'not-found', hint: expect.stringContaining(offer) });
  });

  test.each(['something', 'distro@99', 'distro/old'])('says of %s what may bring it', (reference) => {
    expect(refusal(reference)).toMatchObject({ hint: expect.stringContaining('loopstick catalog sync') });
  });

  test('refuses everything from an empty catalog', () => {
    expect(thrown(() => selectImage({ distributions: [], sources: [] }, 'distro', NOW))).toMatchObject({
      code: 'CATALOG_UNKNOWN_DISTRIBUTION',
    });
  });
});

describe('matchImages', () => {
  const match = (reference: string): string[] => matchImages(CATALOG, reference).map(({ image }) => image.id);
  const jammy = [
    ...['desktop/aarch64', 'desktop/x86_64', 'server/x86_64'].map((rest) => `distro/22.04.10/${rest}`),
    ...['desktop/x86_64', 'server/x86_64'].map((rest) => `distro/22.04.2/${rest}`),
  ];

  test.each([
    ['distro@22.04', jammy],
    ['distro@jammy', jammy],
    ['distro@lts', jammy],
    ['distro@LTS/server', ['distro/22.04.10/server/x86_64', 'distro/22.04.2/server/x86_64']],
    ['distro@22.04/arm64', ['distro/22.04.10/desktop/aarch64']],
    ['distro/22.04.2/server/amd64', ['distro/22.04.2/server/x86_64']],
    ['distro/old', ['distro/22.10/old/x86_64']],
    ['distro@latest/old', ['distro/22.10/old/x86_64']],
    ['distro@latest', ['distro/23.10/desktop/x86_64', 'distro/23.10/server/x86_64']],
    ['distro@>22.04.2 <22.10', jammy.slice(0, 3)],
    ['distro@22.10', ['distro/22.10/desktop/x86_64', 'distro/22.10/old/x86_64']],
  ])('finds for %s all of %j', (reference, ids) => {
    expect(match(reference).sort()).toEqual(ids);
  });

  test('finds for a distribution all of it, newest release first', () => {
    const all = CATALOG.distributions.flatMap(({ releases }) => releases.flatMap(({ images }) => images));
    expect(match('distro')).toEqual(all.map(({ id }) => id));
  });

  test.each(['distro', 'distro/server', 'distro/arm64', 'distro@22', 'distro@22/old', 'distro@23', 'distro@44 Beta'])(
    'is where selectImage takes its image for %s from',
    (reference) => {
      expect(match(reference)).toContain(select(reference));
    },
  );

  test.each([
    ['distro@', 'CATALOG_REFERENCE_INVALID'],
    ['distor', 'CATALOG_UNKNOWN_DISTRIBUTION'],
    ['distro@22.0', 'CATALOG_UNKNOWN_RELEASE'],
    ['distro/22.04/desktop/x86_64', 'CATALOG_UNKNOWN_RELEASE'],
    ['distro@22.04/mini', 'CATALOG_UNKNOWN_VARIANT'],
    ['distro@23.10/arm64', 'CATALOG_UNKNOWN_ARCH'],
  ])('refuses %s with %s', (reference, code) => {
    expect(thrown(() => match(reference))).toMatchObject({ code });
  });
});

describe('endedWarning', () => {
  const warning = (reference: string): unknown => endedWarning(selectImage(CATALOG, reference, NOW), NOW);

  test('is there for a release past its end, with what to take', () => {
    expect(warning('distro@23.10')).toMatchObject({
      code: 'CATALOG_RELEASE_ENDED',
      hint: expect.stringContaining('distro@23.04'),
    });
  });

  test.each(['distro', 'distro@lts', 'distro@44-beta'])('is not there for %s', (reference) => {
    expect(warning(reference)).toBeUndefined();
  });
});

describe('isPastEndOfLife', () => {
  test('counts the last day as maintained, and no day as for ever', () => {
    expect(isPastEndOfLife({ endOfLife: '2026-06-15' }, NOW)).toBe(false);
    expect(isPastEndOfLife({ endOfLife: '2026-06-14' }, NOW)).toBe(true);
    expect(isPastEndOfLife({}, NOW)).toBe(false);
  });
});
