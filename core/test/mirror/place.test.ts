import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Place } from '../../src/engine/hooks.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import {
  continentOf,
  nearnessOf,
  placeOf,
  placeOfUser,
  requireCountry,
  type PlaceHints,
} from '../../src/mirror/place.ts';

describe('the place', () => {
  it.each<[PlaceHints, Place]>([
    // The user's word comes first, then the zone, then the language.
    [
      { country: 'AT', timeZone: 'Asia/Tokyo', locale: 'pt_BR.UTF-8' },
      { country: 'at', continent: 'eu' },
    ],
    [
      { timeZone: 'Asia/Tokyo', locale: 'pt_BR.UTF-8' },
      { country: 'jp', continent: 'as' },
    ],
    [
      { timeZone: 'UTC', locale: 'pt_BR.UTF-8' },
      { country: 'br', continent: 'sa' },
    ],
    [{ timeZone: 'UTC', locale: 'C.UTF-8' }, {}],
    [{}, {}],
    // Zones by all their names, as Intl and as TZ know them.
    [{ timeZone: 'Europe/Amsterdam' }, { country: 'nl', continent: 'eu' }],
    [{ timeZone: 'Asia/Calcutta' }, { country: 'in', continent: 'as' }],
    [{ timeZone: 'Asia/Kolkata' }, { country: 'in', continent: 'as' }],
    [{ timeZone: 'America/Argentina/Buenos_Aires' }, { country: 'ar', continent: 'sa' }],
    [{ timeZone: 'America/Costa_Rica' }, { country: 'cr', continent: 'na' }],
    [{ timeZone: ':Australia/Sydney' }, { country: 'au', continent: 'oc' }],
    [{ timeZone: '/usr/share/zoneinfo/Africa/Lagos' }, { country: 'ng', continent: 'af' }],
    [{ timeZone: ':/usr/share/zoneinfo/posix/Europe/Vienna' }, { country: 'at', continent: 'eu' }],
    // What keeps the time of some city is not in that city.
    [{ timeZone: 'EST' }, {}],
    [
      { timeZone: 'CET', locale: 'pl_PL' },
      { country: 'pl', continent: 'eu' },
    ],
    [{ timeZone: 'PST8PDT' }, {}],
    [
      { timeZone: 'CET-1CEST,M3.5.0,M10.5.0/3', locale: 'de_DE@euro' },
      { country: 'de', continent: 'eu' },
    ],
    [{ timeZone: 'Etc/GMT-2' }, {}],
    [{ timeZone: 'constructor' }, {}],
    // Languages.
    [{ locale: 'zh-Hant-TW' }, { country: 'tw', continent: 'as' }],
    [{ locale: 'sr_RS@latin' }, { country: 'rs', continent: 'eu' }],
    [{ locale: 'de' }, {}],
    [{ locale: 'es_419' }, {}],
    [{ locale: 'POSIX' }, {}],
    // A country that nobody knows is kept: it may be the mirror's as well.
    [{ country: 'xy' }, { country: 'xy' }],
  ])('of %j is %j', async (hints, place) => {
    expect(await placeOf(hints)).toEqual({ country: undefined, continent: undefined, ...place });
  });

  it('is found for every zone that the runtime knows of a place on a continent', async () => {
    const lost: string[] = [];
    for (const timeZone of Intl.supportedValuesOf('timeZone')) {
      const { country, continent } = await placeOf({ timeZone });
      if (country === undefined || continent === undefined) lost.push(timeZone);
    }
    expect(lost.filter((zone) => !/^(?:Etc\/|UTC$|GMT$)/.test(zone))).toEqual([]);
  });

  it('comes out of any text without an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (timeZone, locale) => {
        const { country, continent } = await placeOf({ timeZone, locale });
        expect(country ?? 'xx').toMatch(/^[a-z]{2}$/);
        if (country === undefined) expect(continent).toBeUndefined();
      }),
    );
  });
});

describe('the place of the user', () => {
  const at = (env: Readonly<Record<string, string>>, mirrors = {}): Promise<Place> =>
    placeOfUser({ settings: parseSettings({ mirrors }, 'test'), context: { env } });

  it('is in the setting, else in TZ, else in the language', async () => {
    expect(await at({ TZ: 'Asia/Tokyo', LANG: 'de_AT.UTF-8' }, { country: 'FR' })).toMatchObject({ country: 'fr' });
    expect(await at({ TZ: 'Asia/Tokyo', LANG: 'de_AT.UTF-8' })).toMatchObject({ country: 'jp' });
    expect(await at({ TZ: 'UTC', LANG: 'de_AT.UTF-8' })).toMatchObject({ country: 'at' });
    expect(await at({ TZ: 'UTC', LANG: 'de_AT', LC_MESSAGES: 'pl_PL', LC_ALL: '' })).toMatchObject({ country: 'pl' });
    expect(await at({ TZ: 'UTC', LANG: 'de_AT', LC_ALL: 'C' })).toEqual({ country: undefined, continent: undefined });
  });
});

it.each([
  ['de', 'eu'],
  ['MX', 'na'],
  ['aq', 'an'],
  ['xy', undefined],
  ['constructor', undefined],
])('the continent of %s is %s', async (country, continent) => {
  expect(await continentOf(country)).toBe(continent);
});

it.each<[Place, Place, string]>([
  [{ country: 'de' }, { country: 'de', continent: 'eu' }, 'country'],
  [{ country: 'de' }, { country: 'pl' }, 'continent'],
  [{ continent: 'eu' }, { country: 'pl' }, 'continent'],
  [{ country: 'de' }, { country: 'jp' }, 'far'],
  [{ country: 'de' }, {}, 'unknown'],
  [{}, {}, 'unknown'],
])('from %j to %j: %s', async (one, other, nearness) => {
  expect(await nearnessOf(one, other)).toBe(nearness);
  expect(await nearnessOf(other, one)).toBe(nearness);
});

describe('a country', () => {
  it('is one of ISO 3166', async () => {
    for (const country of ['de', 'GB', 'xk']) await requireCountry(country);
    for (const country of ['uk', 'UK', 'xx', 'zz', '__', '']) {
      await expect(requireCountry(country), country).rejects.toMatchObject({ code: 'MIRROR_BAD_COUNTRY' });
    }
  });

  it('that has another code is named', async () => {
    await expect(requireCountry('UK')).rejects.toMatchObject({ hint: expect.stringContaining('gb') as unknown });
  });
});
