import { z } from 'zod';

import { catalogDocumentSchema, CATALOG_SCHEMA_MAJOR } from './schema.ts';

/**
 * The catalog document as a JSON Schema (2020-12), for editors and for who writes such documents with other programs.
 * It says all but what needs two places of a document at once: document-checks.ts.
 */
export function catalogJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(catalogDocumentSchema, { io: 'input' });
  return {
    $schema,
    title: `Loopstick catalog document, format ${CATALOG_SCHEMA_MAJOR}`,
    description: 'What a catalog source delivers. docs/catalog.md explains the fields.',
    ...schema,
  };
}
