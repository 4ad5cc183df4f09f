import { failure } from '../engine/errors.ts';
import { describeIssues } from '../engine/issues.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import { CATALOG_SCHEMA_MAJOR, catalogDocumentSchema, type CatalogDocument } from './schema.ts';

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
