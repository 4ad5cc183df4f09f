import { describeIssues, failure, type CatalogReadRequest, type Context } from '@loopstick/core';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { EMPTY_INDEX, pluginIndexSchema, type PluginIndex } from '../tuf/plugin-index.ts';
import { PLUGIN_INDEX } from '../tuf/roles.ts';
import { fetchTarget, targetJson } from './catalog-documents.ts';
import type { MetadataView } from './metadata-view.ts';
import { keepTarget, keptTarget } from './registry-state.ts';
import type { TrustedRegistry } from './trusted-registries.ts';

/** Thousands of plugins with all their releases. */
const INDEX_LIMIT = 16 * 1024 * 1024;

/**
 * The index that a verified list of targets names; fetched, and kept, when it is not here.
 * @throws LoopstickError REGISTRY_MALFORMED; as fetchTarget
 */
export async function fetchIndex(
  { name, url }: TrustedRegistry,
  { plugins: facts }: MetadataView,
  folder: string,
  { fetch }: Pick<CatalogReadRequest, 'fetch'>,
  context: Pick<Context, 'random'>,
): Promise<PluginIndex> {
  if (facts === undefined) return EMPTY_INDEX;
  const kept = await keptTarget(folder, facts);
  const bytes = kept ?? (await fetchTarget(name, url, PLUGIN_INDEX, facts, fetch, INDEX_LIMIT));
  const index = parseIndex(name, bytes);
  if (kept === undefined) await keepTarget(folder, bytes, facts, context);
  return index;
}

/**
 * The one that is here; none in a copy of the time before there were plugins.
 * @throws LoopstickError REGISTRY_MALFORMED, REGISTRY_TARGET_MISSING
 */
export async function keptIndex(
  { name }: TrustedRegistry,
  { plugins: facts }: MetadataView,
  folder: string,
): Promise<PluginIndex> {
  if (facts === undefined) return EMPTY_INDEX;
  const bytes = await keptTarget(folder, facts);
  if (bytes === undefined) throw failure(REGISTRY_ERRORS.targetMissing, { registry: name, file: PLUGIN_INDEX });
  return parseIndex(name, bytes);
}

function parseIndex(registry: string, bytes: Uint8Array): PluginIndex {
  const parsed = pluginIndexSchema.safeParse(targetJson(registry, PLUGIN_INDEX, bytes));
  if (parsed.success) return parsed.data;
  throw failure(REGISTRY_ERRORS.malformed, { registry, file: PLUGIN_INDEX, problem: describeIssues(parsed.error) });
}
