import type { CatalogReadRequest } from '../engine/contract/catalog-source.ts';
import { inParallel } from '../verify/in-parallel.ts';
import { ImageFinder, type Candidate } from './candidates.ts';
import { readChecksums, type ReadChecksums } from './checksums.ts';
import { discover, type NamedFile } from './discover/discover.ts';
import { foldersIn } from './folders.ts';
import type { ListRule } from './list-schema.ts';
import { newestVersions } from './newest.ts';
import type { Reading } from './reading.ts';
import type { Values } from './template.ts';

/** Requests of one list at a time. */
const AT_A_TIME = 4;
/** Combinations of `each` and folders; each costs a request or more. */
const MOST_ROUNDS = 64;
/** Versions that are kept when a list does not say. */
const NEWEST = 8;

/** An image that a list names, and the list of checksums where that is what named it. */
export interface Collected {
  readonly candidate: Candidate;
  readonly checksums: ReadChecksums | undefined;
}

/**
 * All images of a list that are wanted: of its newest versions.
 * @throws what is thrown by reading its documents; what of them can be done without is reported and left out
 */
export async function collect(reading: Reading, list: ListRule): Promise<readonly Collected[]> {
  const finder = new ImageFinder(reading, list);
  let lost = 0;
  const orNothing = async <T>(work: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await work();
    } catch (error) {
      if (!reading.canGoOnWithout(error)) throw error;
      reading.lost(list.name, error);
      lost++;
      return [];
    }
  };
  const rounds = await roundsOf(reading, list, orNothing);
  const found = await each(rounds, reading.request, async (values) =>
    orNothing(() => collectRound(reading, list, finder, values)),
  );
  const all = found.flat();
  if (all.length === 0 && lost === 0) reading.lost(list.name, new Error('it names no image that is known'));
  return [...groupBy(all, ({ candidate }) => candidate.distribution).values()].flatMap((own) => {
    const versions = own.map(({ candidate }) => candidate.version);
    const wanted = newestVersions(versions, list.newest ?? NEWEST, list.series);
    return own.filter(({ candidate }) => wanted.has(candidate.version));
  });
}

function groupBy<T>(things: readonly T[], key: (thing: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const group = groups.get(key(thing));
    if (group === undefined) groups.set(key(thing), [thing]);
    else group.push(thing);
  }
  return groups;
}

async function collectRound(
  reading: Reading,
  list: ListRule,
  finder: ImageFinder,
  values: Values,
): Promise<Collected[]> {
  let checksums: ReadChecksums | undefined;
  let files: readonly NamedFile[];
  if (list.discover !== undefined) {
    files = await discover(reading, list.name, list.discover, values);
  } else {
    const { checksums: rule } = list;
    if (rule === undefined) return [];
    checksums = await readChecksums(reading, { list: list.name, rule, values, versions: undefined });
    const { url } = checksums;
    files = [...checksums.files.keys()].map((name) => ({
      url: new URL(name.split('/').map(encodeURIComponent).join('/'), url).href,
      from: url,
      values,
    }));
  }
  return files.flatMap((file) => {
    const candidate = finder.find(file);
    return candidate === undefined ? [] : [{ candidate, checksums }];
  });
}

/** What the list is read for: each combination of the values of `each`, in each of the folders. */
async function roundsOf(
  reading: Reading,
  list: ListRule,
  orNothing: (work: () => Promise<readonly Values[]>) => Promise<readonly Values[]>,
): Promise<readonly Values[]> {
  let rounds: Values[] = [new Map<string, string>()];
  for (const [name, values] of Object.entries(list.each ?? {})) {
    rounds = rounds.flatMap((round) => values.map((value) => new Map([...round, [name, value]])));
    checkRounds(reading, list, rounds);
  }
  const { folders } = list;
  if (folders === undefined) return rounds;
  const inside = (
    await each(rounds, reading.request, async (round) => orNothing(() => foldersIn(reading, list.name, folders, round)))
  ).flat();
  checkRounds(reading, list, inside);
  return inside;
}

function checkRounds(reading: Reading, list: ListRule, rounds: readonly unknown[]): void {
  if (rounds.length <= MOST_ROUNDS) return;
  throw reading.malformed(reading.plugin, list.name, `it makes more than ${MOST_ROUNDS} rounds`);
}

/** Some at a time; the results in the order of the things. */
export async function each<T, R>(
  things: readonly T[],
  { signal }: Pick<CatalogReadRequest, 'signal'>,
  work: (thing: T) => Promise<R>,
): Promise<R[]> {
  const results: [number, R][] = [];
  const numbered = things.map((thing, at) => [at, thing] as const);
  for await (const result of inParallel(
    numbered,
    AT_A_TIME,
    signal,
    async ([at, thing]) => [at, await work(thing)] as const,
  )) {
    results.push([...result]);
  }
  return results.sort(([a], [b]) => a - b).map(([, result]) => result);
}
