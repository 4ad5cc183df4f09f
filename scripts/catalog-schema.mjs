/** Writes docs/schema/catalog-1.json anew, after a change of the schema in core (npm run schema). A test tells when that is due. */
import { mkdir, writeFile } from 'node:fs/promises';

import { catalogJsonSchema, CATALOG_SCHEMA_MAJOR } from '@loopstick/core';
import { format, resolveConfig } from 'prettier';

const folder = new URL('../docs/schema/', import.meta.url);
const file = new URL(`catalog-${CATALOG_SCHEMA_MAJOR}.json`, folder);
const options = { ...(await resolveConfig(file)), parser: 'json' };
await mkdir(folder, { recursive: true });
await writeFile(file, await format(JSON.stringify(catalogJsonSchema()), options));
console.log(`docs/schema/catalog-${CATALOG_SCHEMA_MAJOR}.json`);
