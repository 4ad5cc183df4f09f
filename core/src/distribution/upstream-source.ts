import type { CatalogDocument } from '../catalog/schema.ts';
import type { CatalogReadRequest } from '../engine/contract/catalog-source.ts';
import { failure, type LoopstickError } from '../engine/errors.ts';
import { assemble } from './assemble.ts';
import { collect } from './collect.ts';
import { DISTRIBUTION_ERRORS } from './distribution-errors.ts';
import type { ListRule } from './list-schema.ts';
import type { LoadedDescription } from './load-description.ts';
import { prove, type ProvenImage } from './prove.ts';
import { Reading } from './reading.ts';

/**
 * Reads the lists of a distribution's vendor by its description, and makes a catalog document of them.
 *
 * What cannot be read is left out with a warning where the vendor is at fault; where the network is, the reading fails
 * as a whole, and the last good document stays.
 *
 * @throws LoopstickError DISTRIBUTION_NO_LISTS, DISTRIBUTION_EMPTY, DISTRIBUTION_TOO_COMPLEX, or with a code of
 *   DOCUMENT_ERRORS; the rejection that ends a reading when nothing is new
 */
export async function readUpstream(
  loaded: LoadedDescription,
  request: CatalogReadRequest,
  warn: (error: LoopstickError) => void,
): Promise<CatalogDocument> {
  const { pluginId, description } = loaded;
  const { lists, first = firstAddress(lists[0]) } = description;
  if (lists.length === 0) throw failure(DISTRIBUTION_ERRORS.noLists, { plugin: pluginId }, { pluginId });
  const reading = new Reading(loaded, request, warn);
  if (first !== undefined) await reading.first(first);
  const images: ProvenImage[] = [];
  // One after the other: each has requests of its own in parallel, and a vendor's server is not to be overrun.
  for (const list of lists) images.push(...(await readList(reading, list)));
  reading.tellLosses();
  if (images.length === 0) throw failure(DISTRIBUTION_ERRORS.empty, { plugin: pluginId }, { pluginId });
  return assemble(description, images, request.now);
}

async function readList(reading: Reading, list: ListRule): Promise<readonly ProvenImage[]> {
  try {
    return await prove(reading, list, await collect(reading, list));
  } catch (error) {
    if (!reading.canGoOnWithout(error)) throw error;
    reading.lost(list.name, error);
    return [];
  }
}

/** Of the document that the first list begins with, when it is the same each time. */
function firstAddress(list: ListRule | undefined): string | undefined {
  const url = list?.folders?.url ?? (list?.discover === undefined ? list?.checksums?.url : discoveryOf(list.discover));
  return url?.includes('{') === true ? undefined : url;
}

function discoveryOf(rule: NonNullable<ListRule['discover']>): string | undefined {
  return rule.format === 'static' ? undefined : rule.url;
}
