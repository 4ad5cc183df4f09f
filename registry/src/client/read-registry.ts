/** One read of a registry: what its servers say now, or what was verified last. */
import type { CatalogDocument, CatalogReadRequest, Context } from '@loopstick/core';

import { keepBlocks, type Block } from '../plugins/blocks.ts';
import type { PluginIndex } from '../tuf/plugin-index.ts';
import { fetchDocuments, keptDocuments } from './catalog-documents.ts';
import { fetchTimestamp, localSource, webSource } from './metadata-sources.ts';
import { viewOf, type MetadataTexts, type MetadataView } from './metadata-view.ts';
import { fetchIndex, keptIndex } from './plugin-index.ts';
import {
  dropTargets,
  readState,
  stateFolder,
  writeState,
  type GoodState,
  type RegistryState,
} from './registry-state.ts';
import type { TrustedRegistry } from './trusted-registries.ts';

/** A verified state of a registry. */
export interface RegistryCopy {
  readonly view: MetadataView;
  /** When the registry itself gave it. */
  readonly retrieved: Date;
  readonly documents: readonly CatalogDocument[];
  readonly index: PluginIndex;
}

type ReadRequest = Pick<CatalogReadRequest, 'signal' | 'now' | 'fetch' | 'fetchFirst'>;
type Outer = Pick<Context, 'paths' | 'random'>;

/**
 * New keys may be all that a registry has to say, so its next root is asked for so often also when nothing else is new.
 * Who has stolen the key of the timestamp could otherwise hide a change of keys for as long as he likes.
 */
const ROOT_CHECK_MS = 24 * 60 * 60 * 1000;

/**
 * Reads a registry from the web. When nothing changed since a good read of the last day, that is one conditional
 * request, and the read ends within `fetchFirst`.
 *
 * Whatever fails, what was verified last stays; and what was seen of newer versions is remembered, so that nobody can go
 * back behind it.
 *
 * @throws LoopstickError with a code of REGISTRY_ERRORS; CATALOG_MALFORMED, CATALOG_SCHEMA_UNSUPPORTED; what
 *   `fetchFirst` ends the read with; the system's own errors
 */
export async function readRegistry(
  registry: TrustedRegistry,
  request: ReadRequest,
  context: Outer,
): Promise<RegistryCopy> {
  const { name } = registry;
  const anchor = await registry.root();
  const folder = stateFolder(context.paths, name);
  const state = await readState(folder, name, anchor);
  const { fetch, fetchFirst, now, signal } = request;
  const mark = stillEnough(name, state, now)?.mark ?? Buffer.from(context.random(6)).toString('hex');
  const first = await fetchTimestamp(registry, fetchFirst, mark);

  const { verifyMetadata } = await import('./verify-metadata.ts');
  signal.throwIfAborted();
  const source = webSource(registry, fetch, state.roots, first);
  const outcome = await verifyMetadata({ registry: name, anchor, seen: state.seen, source, now });
  // Whoever was interrupted has not come as far as he was before.
  const roots = outcome.roots.length < state.roots.length ? state.roots : [...outcome.roots];
  const next: RegistryState = { ...state, roots, seen: outcome.seen };
  if (outcome.texts === undefined) {
    await writeState(folder, next, context);
    throw outcome.error as Error;
  }
  const [got, problem] = await fetchCopy(registry, outcome.texts, folder, request, context);
  if (got === undefined) {
    await writeState(folder, next, context);
    throw problem as Error;
  }
  await writeState(
    folder,
    { ...next, good: { texts: outcome.texts, retrieved: now, anchor: state.anchor, mark } },
    context,
  );
  await keepBlocks(name, blocksOf(got.index), context);
  await dropTargets(folder, [...got.view.catalogs.values(), got.view.plugins]);
  return { ...got, retrieved: now };
}

/** The documents that verified metadata names, or why they cannot be had. */
async function fetchCopy(
  registry: TrustedRegistry,
  texts: MetadataTexts,
  folder: string,
  request: ReadRequest,
  context: Outer,
): Promise<[Omit<RegistryCopy, 'retrieved'>] | [undefined, unknown]> {
  try {
    const view = viewOf(registry.name, texts);
    const documents = await fetchDocuments(registry, view, folder, request, context);
    return [{ view, documents, index: await fetchIndex(registry, view, folder, request, context) }];
  } catch (error) {
    return [undefined, error];
  }
}

/**
 * What was verified last, verified once more: from the root of trust, and with the documents. That it is past its time
 * is no error here; `view.freshUntil` says so.
 * @returns undefined when there is none
 * @throws LoopstickError with a code of REGISTRY_ERRORS; the system's own errors
 */
export async function verifiedCopy(
  registry: TrustedRegistry,
  context: Pick<Context, 'paths'>,
): Promise<RegistryCopy | undefined> {
  const { name } = registry;
  const anchor = await registry.root();
  const folder = stateFolder(context.paths, name);
  const { good, roots } = await readState(folder, name, anchor);
  if (good === undefined) return undefined;
  const { verifyMetadata } = await import('./verify-metadata.ts');
  const { timestamp, snapshot, targets } = good.texts;
  const { texts, error } = await verifyMetadata({
    registry: name,
    anchor,
    seen: { timestamp, snapshot, targets },
    source: localSource(roots, timestamp),
    // Nothing had expired by then.
    now: new Date(0),
  });
  if (texts === undefined) throw error as Error;
  const view = viewOf(name, texts);
  const [documents, index] = await Promise.all([
    keptDocuments(registry, view, folder),
    keptIndex(registry, view, folder),
  ]);
  return { view, retrieved: good.retrieved, documents, index };
}

function blocksOf({ plugins }: PluginIndex): Block[] {
  return Object.entries(plugins).flatMap(([id, { blocked }]) => blocked.map((block) => ({ id, ...block })));
}

/** The last good state, when nothing more needs to be asked as long as the timestamp is the same. */
function stillEnough(registry: string, { anchor, seen, good }: RegistryState, now: Date): GoodState | undefined {
  if (good?.anchor !== anchor || seen.timestamp !== good.texts.timestamp) return undefined;
  const age = now.getTime() - good.retrieved.getTime();
  return age >= 0 && age < ROOT_CHECK_MS && now < viewOf(registry, good.texts).freshUntil ? good : undefined;
}
