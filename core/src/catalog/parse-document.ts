import { z } from 'zod';

import { failure, type LoopstickError } from '../engine/errors.ts';
import { describeIssues, describePlace } from '../engine/issues.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import { checkReferences } from './document-checks.ts';
import { checkShape } from './document-shape.ts';
import { CATALOG_SCHEMA_MAJOR, documentFrameSchema, distributionSchema, type CatalogDocument } from './schema.ts';

/**
 * Checks a catalog document. `source` is what messages call it.
 * @throws LoopstickError CATALOG_MALFORMED, CATALOG_SCHEMA_UNSUPPORTED
 */
export function parseCatalogDocument(json: unknown, source: string): CatalogDocument {
  const malformed = (problem: string): LoopstickError => failure(CATALOG_ERRORS.malformed, { source, problem });
  // Before anything else: a newer major version may have any form at all.
  const { major, minor } =
    (json as { schema?: { major?: number; minor?: number } | null } | null | undefined)?.schema ?? {};
  if (Number.isInteger(major) && major !== CATALOG_SCHEMA_MAJOR) {
    const actual = `${String(major)}.${Number.isInteger(minor) ? String(minor) : 'x'}`;
    throw failure(CATALOG_ERRORS.unsupported, { source, actual, supported: `${CATALOG_SCHEMA_MAJOR}.x` });
  }

  const shape = checkShape(json);
  if (shape !== undefined) throw malformed(`${describePlace(shape.path)}: ${shape.message}`);

  const frame = documentFrameSchema.safeParse(json);
  if (!frame.success) throw malformed(describeIssues(frame.error));
  // One after the other, so that the mistakes of a document that is all wrong are not gathered.
  const distributions = frame.data.distributions.map((part, index) => {
    const parsed = distributionSchema.safeParse(part);
    if (parsed.success) return parsed.data;
    throw malformed(describeIssues(below(parsed.error, ['distributions', index])));
  });
  const document = { ...frame.data, distributions };
  const issues = checkReferences(document);
  if (issues.length > 0) {
    const custom = issues.map((issue) => ({ code: 'custom' as const, input: undefined, ...issue }));
    throw malformed(describeIssues(new z.ZodError(custom)));
  }
  return document;
}

function below(error: z.ZodError, place: readonly PropertyKey[]): z.ZodError {
  return new z.ZodError(error.issues.map((issue) => ({ ...issue, path: [...place, ...issue.path] })));
}
