/** Where on earth somebody is, from what his machine knows: nobody is asked, least of all over the network. */
import type { Context } from '../engine/context.ts';
import { failure } from '../engine/errors.ts';
import { CONTINENTS, type Continent, type Place } from '../engine/hooks.ts';
import type { Settings } from '../engine/settings.ts';
import { MIRROR_ERRORS } from './mirror-errors.ts';

export interface PlaceHints {
  /** The user's own word: ISO 3166-1, two letters. */
  readonly country?: string | undefined;
  /** A name of the IANA time zone database, or what TZ may hold besides (POSIX.1-2017, 8.3). */
  readonly timeZone?: string | undefined;
  /** `de_AT.UTF-8@euro` as in LANG, or `de-AT`. */
  readonly locale?: string | undefined;
}

/** Same country, same continent, another continent; `unknown`: one of the two could be anywhere. */
export type Nearness = 'country' | 'continent' | 'far' | 'unknown';

// Old names for a clock rather than a place; the database links them to some city that keeps the same time.
const CLOCKS = /^(?:[EMH]ST|[CEMW]ET|[A-Z]ST\d[A-Z]DT)$/;

/**
 * The first of these that says something: the user, the time zone (of several countries that share one, the first, for
 * which it is named), the region of the language.
 */
export async function placeOf(hints: PlaceHints): Promise<Place> {
  const said = hints.country?.toLowerCase();
  const country = said ?? (await countryOfZone(hints.timeZone)) ?? regionOf(hints.locale);
  return { country, continent: country === undefined ? undefined : await continentOf(country) };
}

/** The place of the user of this machine. */
export async function placeOfUser(engine: {
  readonly settings: Pick<Settings, 'mirrors'>;
  readonly context: Pick<Context, 'env'>;
}): Promise<Place> {
  const { env } = engine.context;
  return placeOf({
    country: engine.settings.mirrors.country,
    timeZone: env['TZ'] || Intl.DateTimeFormat().resolvedOptions().timeZone,
    // In the order of POSIX.1-2017, 8.2: one that is empty is as one that is not set.
    locale: env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'],
  });
}

/** Codes that people use and ISO 3166-1 has under another: it sets them aside, so that they are no country's. */
const USED_INSTEAD: Readonly<Record<string, string>> = { uk: 'gb', el: 'gr' };

/**
 * That there is such a country.
 * @param country two letters, large or small
 * @throws LoopstickError MIRROR_BAD_COUNTRY
 */
export async function requireCountry(country: string): Promise<void> {
  if ((await continentOf(country)) !== undefined) return;
  const meant = USED_INSTEAD[country.toLowerCase()];
  const advice =
    meant === undefined
      ? 'Use the two letters of ISO 3166-1, such as de.'
      : `Did you mean "${meant}"? ISO 3166-1 says so.`;
  throw failure(MIRROR_ERRORS.badCountry, { country, advice });
}

/** @param country two letters, large or small */
export async function continentOf(country: string): Promise<Continent | undefined> {
  // Behind import(), like the zones: most commands have no use for half a hundred kilobytes of geography.
  const { countries } = await import('countries-list');
  const table: Readonly<Record<string, { readonly continent: string }>> = countries;
  const code = country.toUpperCase();
  const continent = Object.hasOwn(table, code) ? table[code]?.continent.toLowerCase() : undefined;
  return CONTINENTS.find((known) => known === continent);
}

/** Continents that are not given are told from the countries. */
export async function nearnessOf(one: Place, other: Place): Promise<Nearness> {
  if (one.country !== undefined && one.country === other.country) return 'country';
  const [here, there] = await Promise.all([one, other].map(continentOfPlace));
  if (here === undefined || there === undefined) return 'unknown';
  return here === there ? 'continent' : 'far';
}

async function continentOfPlace({ continent, country }: Place): Promise<Continent | undefined> {
  return continent ?? (country === undefined ? undefined : await continentOf(country));
}

async function countryOfZone(zone: string | undefined): Promise<string | undefined> {
  // A colon may come first, and the C library takes a path to the zone's file as well.
  const name = zone?.replace(/^:?(?:.*\/zoneinfo\/(?:posix\/|right\/)?)?/, '') ?? '';
  if (name === '' || CLOCKS.test(name)) return undefined;
  const { getTimezone } = await import('countries-and-timezones');
  // For names such as `constructor` it answers with an empty record.
  const found: { readonly countries?: readonly string[] } | null = getTimezone(name);
  return found?.countries?.[0]?.toLowerCase();
}

function regionOf(locale: string | undefined): string | undefined {
  return /^[a-z]{2,3}(?:[-_][a-z]{4})?[-_]([a-z]{2})(?![a-z])/i.exec(locale ?? '')?.[1]?.toLowerCase();
}
