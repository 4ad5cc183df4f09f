import { failure, isLoopstickError, type LoopstickError } from '../engine/errors.ts';
import type { Digests } from '../verify/digests.ts';
import type { Candidate } from './candidates.ts';
import { readChecksums, wrongKey, type ReadChecksums } from './checksums.ts';
import { each, type Collected } from './collect.ts';
import { fileNameIn } from './discover/links.ts';
import { DISTRIBUTION_ERRORS } from './distribution-errors.ts';
import type { ListRule } from './list-schema.ts';
import type { Reading } from './reading.ts';
import { fillAddress, Template } from './template.ts';

/** An image with its checksums, and what vouches for them. */
export interface ProvenImage {
  readonly candidate: Candidate;
  readonly digests: Digests & { readonly sha256: string };
  readonly size: number | undefined;
  /** Missing when there is no list of checksums: then what discovery says is all there is. */
  readonly checksums: ReadChecksums | undefined;
}

/** Finds the checksums of images: those of a vendor's list where it has one, and never what contradicts it. */
export async function prove(reading: Reading, list: ListRule, images: readonly Collected[]): Promise<ProvenImage[]> {
  const groups = groupByChecksums(list, images);
  const proven = await each(groups, reading.request, async (group) => {
    const checksums = await checksumsOf(reading, list, group);
    return group.flatMap(({ candidate }) => proveOne(reading, candidate, checksums) ?? []);
  });
  return proven.flat();
}

/** Images whose checksums are in one list. */
function groupByChecksums(list: ListRule, images: readonly Collected[]): Collected[][] {
  const template = list.checksums === undefined ? undefined : new Template(list.checksums.url);
  const groups = new Map<string, Collected[]>();
  for (const image of images) {
    const url = image.checksums?.url ?? (template && fillAddress(template, image.candidate.values)) ?? '';
    groups.set(url, [...(groups.get(url) ?? []), image]);
  }
  return [...groups.values()];
}

/** Undefined when there is none to read, and an error when there is but it cannot be had. */
async function checksumsOf(
  reading: Reading,
  list: ListRule,
  group: readonly Collected[],
): Promise<ReadChecksums | undefined | LoopstickError> {
  const [first] = group;
  if (first === undefined || first.checksums !== undefined || list.checksums === undefined) return first?.checksums;
  const versions = [...new Set(group.map(({ candidate }) => candidate.version))];
  try {
    const { values } = first.candidate;
    return await readChecksums(reading, { list: list.name, rule: list.checksums, values, versions });
  } catch (error) {
    if (!reading.canGoOnWithout(error)) throw error;
    reading.lost(list.name, error);
    return error;
  }
}

function proveOne(
  reading: Reading,
  candidate: Candidate,
  checksums: ReadChecksums | undefined | LoopstickError,
): ProvenImage | undefined {
  if (isLoopstickError(checksums)) return undefined;
  const { values, url } = candidate;
  const said = values
    .get('sha256')
    ?.toLowerCase()
    .replace(/^sha256:/, '');
  const saidSize = sizeOf(values.get('size'));
  if (checksums === undefined) {
    if (said === undefined || !/^[0-9a-f]{64}$/.test(said)) {
      warnMissing(reading, candidate, url);
      return undefined;
    }
    return { candidate, digests: { sha256: said }, size: saidSize, checksums };
  }
  const refused = wrongKey(reading, checksums, candidate.version);
  if (refused !== undefined) {
    reading.warn(refused);
    return undefined;
  }
  const entry = entryOf(candidate, checksums);
  const digests = entry?.digests;
  if (digests?.sha256 === undefined) {
    warnMissing(reading, candidate, checksums.url);
    return undefined;
  }
  const contradicts = said !== undefined && said !== digests.sha256;
  if (contradicts) {
    const known = { file: candidate.file, plugin: reading.plugin, url };
    reading.warn(failure(DISTRIBUTION_ERRORS.contradiction, known, { pluginId: reading.plugin }));
  }
  const size = checksums.sizes.get(entry?.name ?? '') ?? (contradicts ? undefined : saidSize);
  return { candidate, digests: { ...digests, sha256: digests.sha256 }, size, checksums };
}

function warnMissing(reading: Reading, { file }: Candidate, url: string): void {
  reading.warn(
    failure(DISTRIBUTION_ERRORS.noChecksum, { file, plugin: reading.plugin, url }, { pluginId: reading.plugin }),
  );
}

/** By the place of the file below the list's folder, or by its name where the list is somewhere else. */
function entryOf(
  { url, file }: Candidate,
  { url: listUrl, files }: ReadChecksums,
): { name: string; digests: Digests } | undefined {
  const folder = new URL('.', listUrl).href;
  const below = url.startsWith(folder) ? decodeURIComponent(url.slice(folder.length)) : file;
  for (const name of [below, file]) {
    const digests = files.get(name);
    if (digests !== undefined) return { name, digests };
  }
  const same = [...files].filter(([name]) => fileNameIn(new URL(name, 'https://list.invalid/').href) === file);
  const [only] = same;
  return same.length === 1 && only !== undefined ? { name: only[0], digests: only[1] } : undefined;
}

function sizeOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^[1-9]\d{0,12}$/.test(text)) return undefined;
  const size = Number(text);
  return size <= 2 ** 40 ? size : undefined;
}
