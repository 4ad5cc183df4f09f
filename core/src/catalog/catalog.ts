import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, messageOf, type LoopstickError } from '../engine/errors.ts';
import { REMOTE_LAYERS, type CatalogLayer, type CatalogSource, type SourceOutcome } from '../engine/hooks.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import { customFiles } from './custom-files.ts';
import { isRequired } from './file-source.ts';
import { mergeDocuments } from './merge.ts';
import type { Catalog, SourceStatus } from './model.ts';
import { parseCatalogDocument } from './parse-document.ts';
import type { CatalogDocument } from './schema.ts';
import type { SourcedDocument } from './speaker.ts';
import { storedDocuments } from './store/stored-documents.ts';
import { SYNC_ERRORS } from './sync/sync-errors.ts';

export interface LoadOptions {
  readonly signal: AbortSignal;
}

/**
 * The merged catalog of all sources. A source that fails costs only what it would have said, with a warning on
 * `engine.events`; a source that the user named (catalogFileSource) fails the whole call instead.
 *
 * @throws LoopstickError CATALOG_FILE_UNREADABLE, CATALOG_FILE_TOO_LARGE, CATALOG_MALFORMED,
 *   CATALOG_SCHEMA_UNSUPPORTED, CATALOG_IMAGE_INCOMPLETE of a source that the user named; the signal's reason.
 */
export async function loadCatalog(
  engine: Pick<Engine, 'readCatalogSources' | 'context' | 'events' | 'plugins' | 'settings'>,
  options: LoadOptions,
): Promise<Catalog> {
  const warn = (error: LoopstickError): void => void engine.events.emit('warning', error);
  const local = { ...options, load: false, wants: ({ layer }: CatalogSource) => !REMOTE_LAYERS.has(layer) };
  const [read, stored, own] = await Promise.all([
    engine.readCatalogSources(local),
    storedDocuments(engine, options.signal),
    customFiles(engine.context.paths.config, options.signal),
  ]);
  const outcomes = [...read, ...stored, ...own].sort(byLayer(engine.settings.catalog.precedence));
  const tiers = new Map(engine.plugins.map(({ manifest, trust }) => [manifest.id, trust]));
  const documents: SourcedDocument[] = [];
  const sources: SourceStatus[] = [];
  for (const outcome of outcomes) {
    const { source } = outcome;
    try {
      const sourced = 'sourced' in outcome ? outcome.sourced : { source, document: documentOf(outcome) };
      documents.push({ ...sourced, plugin: outcome.pluginId, tier: tiers.get(outcome.pluginId) });
      sources.push({ name: source.name, layer: source.layer, error: undefined });
      if ('warnings' in outcome) outcome.warnings.forEach(warn);
    } catch (cause) {
      if (isRequired(source)) throw cause;
      const error = lost(source, cause);
      warn(error);
      sources.push({ name: source.name, layer: source.layer, error });
    }
  }

  const { distributions, warnings, incomplete, more } = mergeDocuments(documents);
  const required = new Set(outcomes.filter(({ source }) => isRequired(source)).map(({ source }) => source.name));
  for (const { error, sources: speakers } of incomplete) {
    if (speakers.some((name) => required.has(name))) throw error;
    warn(error);
  }
  warnings.forEach(warn);
  const catalog: Catalog = { distributions, sources, more };
  engine.events.emit('catalog', catalog);
  return catalog;
}

function documentOf({ source, document, error }: SourceOutcome): CatalogDocument {
  if (error !== undefined) throw error as Error;
  return parseCatalogDocument(document, source.name);
}

function lost(source: CatalogSource, cause: unknown): LoopstickError {
  // No fault of the plugin's.
  if (isLoopstickError(cause, SYNC_ERRORS.storeUnreadable.code)) return cause;
  if (isLoopstickError(cause, CATALOG_ERRORS.customFileLeftOut.code)) return cause;
  const pluginId = isLoopstickError(cause) ? cause.pluginId : undefined;
  const values = { source: source.name, problem: messageOf(cause) };
  return failure(CATALOG_ERRORS.sourceFailed, values, { cause, ...(pluginId === undefined ? {} : { pluginId }) });
}

type Said = Pick<SourceOutcome, 'source'>;

/** Sources answer in any order; the catalog must not depend on it. What was named for this run comes last in its layer. */
function byLayer(precedence: readonly CatalogLayer[]): (a: Said, b: Said) => number {
  return ({ source: a }, { source: b }) =>
    precedence.indexOf(a.layer) - precedence.indexOf(b.layer) ||
    Number(isRequired(a)) - Number(isRequired(b)) ||
    (a.name < b.name ? -1 : 1);
}
