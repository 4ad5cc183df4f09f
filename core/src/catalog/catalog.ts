import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, messageOf, type LoopstickError } from '../engine/errors.ts';
import { CATALOG_LAYERS, REMOTE_LAYERS, type CatalogSource, type SourceOutcome } from '../engine/hooks.ts';
import { describeIssues } from '../engine/issues.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import { isRequired } from './file-source.ts';
import { mergeDocuments, type SourcedDocument } from './merge.ts';
import type { Catalog, SourceStatus } from './model.ts';
import { CATALOG_SCHEMA_MAJOR, catalogDocumentSchema, type CatalogDocument } from './schema.ts';

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
  engine: Pick<Engine, 'readCatalogSources' | 'events'>,
  options: LoadOptions,
): Promise<Catalog> {
  const warn = (error: LoopstickError): void => void engine.events.emit('warning', error);
  const local = { ...options, load: false, wants: ({ layer }: CatalogSource) => !REMOTE_LAYERS.has(layer) };
  const outcomes = [...(await engine.readCatalogSources(local))].sort(byLayer);
  const documents: SourcedDocument[] = [];
  const sources: SourceStatus[] = [];
  for (const outcome of outcomes) {
    const { source } = outcome;
    try {
      documents.push({ source, document: documentOf(outcome) });
      sources.push({ name: source.name, layer: source.layer, error: undefined });
    } catch (cause) {
      if (isRequired(source)) throw cause;
      const error = lost(source, cause);
      warn(error);
      sources.push({ name: source.name, layer: source.layer, error });
    }
  }

  const { distributions, warnings, incomplete } = mergeDocuments(documents);
  const required = new Set(outcomes.filter(({ source }) => isRequired(source)).map(({ source }) => source.name));
  for (const { error, sources: speakers } of incomplete) {
    if (speakers.some((name) => required.has(name))) throw error;
    warn(error);
  }
  warnings.forEach(warn);
  return { distributions, sources };
}

/**
 * Checks a catalog document. `source` is what messages call it.
 * @throws LoopstickError CATALOG_MALFORMED, CATALOG_SCHEMA_UNSUPPORTED
 */
export function parseCatalogDocument(json: unknown, source: string): CatalogDocument {
  // Before anything else: a newer major version may have any form at all.
  const { major, minor } =
    (json as { schema?: { major?: number; minor?: number } | null } | null | undefined)?.schema ?? {};
  if (Number.isInteger(major) && major !== CATALOG_SCHEMA_MAJOR) {
    const actual = `${String(major)}.${Number.isInteger(minor) ? String(minor) : 'x'}`;
    throw failure(CATALOG_ERRORS.unsupported, { source, actual, supported: `${CATALOG_SCHEMA_MAJOR}.x` });
  }
  const parsed = catalogDocumentSchema.safeParse(json);
  if (!parsed.success) throw failure(CATALOG_ERRORS.malformed, { source, problem: describeIssues(parsed.error) });
  return parsed.data;
}

function documentOf({ source, document, error }: SourceOutcome): CatalogDocument {
  if (error !== undefined) throw error as Error;
  return parseCatalogDocument(document, source.name);
}

function lost(source: CatalogSource, cause: unknown): LoopstickError {
  const pluginId = isLoopstickError(cause) ? cause.pluginId : undefined;
  const values = { source: source.name, problem: messageOf(cause) };
  return failure(CATALOG_ERRORS.sourceFailed, values, { cause, ...(pluginId === undefined ? {} : { pluginId }) });
}

/** Sources answer in any order; the catalog must not depend on it. */
function byLayer(a: SourceOutcome, b: SourceOutcome): number {
  const layers = CATALOG_LAYERS.indexOf(a.source.layer) - CATALOG_LAYERS.indexOf(b.source.layer);
  return layers || (a.source.name < b.source.name ? -1 : 1);
}
