import { basename, join } from 'node:path';

import type { Context } from '../../engine/context.ts';
import { DOCUMENT_ERRORS } from '../../engine/document-errors.ts';
import { writeFileDurably } from '../../engine/durable.ts';
import { failure } from '../../engine/errors.ts';
import { makeFolder } from '../../engine/make-folder.ts';
import { idSchema } from '../atoms.ts';
import { CATALOG_ERRORS } from '../catalog-errors.ts';
import { customCatalogFolder } from '../custom-files.ts';
import { documentJson } from '../document-json.ts';
import { CATALOG_FILE_LIMIT, readNamedCatalogFile } from '../file-source.ts';
import { parseCatalogDocument } from '../parse-document.ts';
import type { CatalogDocument } from '../schema.ts';
import { convertOlder, isOlderFormat } from './older-format.ts';

/** A catalog that may be taken over. */
export interface ReadCatalog {
  readonly document: CatalogDocument;
  /** What of it cannot be used and is left out, with the place in it. */
  readonly problems: readonly string[];
  /** A name for it, from that of its file. */
  readonly suggestedName: string;
  /** Nobody on the way could have changed it: a file, or fetched over https. */
  readonly secure: boolean;
}

/**
 * Reads a catalog document of a file or of the web, of our format or of the older one (older-format.ts).
 *
 * @throws LoopstickError CATALOG_MALFORMED, CATALOG_SCHEMA_UNSUPPORTED, FILE_NOT_FOUND, CATALOG_FILE_UNREADABLE,
 *   CATALOG_FILE_TOO_LARGE; with a code of DOCUMENT_ERRORS; the signal's reason
 */
export async function readForeignCatalog(
  context: Pick<Context, 'fetchDocument' | 'now'>,
  from: string,
  signal: AbortSignal,
): Promise<ReadCatalog> {
  const isWeb = /^https?:\/\//i.test(from);
  if (isWeb && !URL.canParse(from)) {
    throw failure(DOCUMENT_ERRORS.unreachable, { url: from, problem: 'it is no web address' });
  }
  const request = { url: from, maxBytes: CATALOG_FILE_LIMIT, accept: 'application/json', signal };
  const { body: bytes, secure } = isWeb
    ? await context.fetchDocument(request)
    : { body: await readNamedCatalogFile(from, signal, 'streams'), secure: true };
  const json = documentJson(bytes, from);
  const suggestedName = nameOf(isWeb ? new URL(from).pathname : from);
  if (!isOlderFormat(json)) return { document: parseCatalogDocument(json, from), problems: [], suggestedName, secure };
  const location = isWeb ? withoutSecrets(from) : basename(from);
  const { document: converted, problems } = convertOlder(json, location, context.now().toISOString().slice(0, 10));
  const document = parseCatalogDocument(converted, from);
  if (document.distributions.length > 0) return { document, problems, suggestedName, secure };
  const problem = problems.slice(0, 3).join('; ') || 'distributions: there is no image in it';
  throw failure(CATALOG_ERRORS.malformed, { source: from, problem });
}

/** The file of the user's own catalog with this name. @throws LoopstickError CATALOG_NAME_INVALID */
export function customCatalogFile(context: Pick<Context, 'paths'>, name: string): string {
  if (!idSchema.safeParse(name).success) throw failure(CATALOG_ERRORS.nameInvalid, { name });
  return join(customCatalogFolder(context.paths.config), `${name}.json`);
}

/**
 * Makes a checked document one of the user's own catalogs, in place of one of this name.
 * @throws LoopstickError CATALOG_NAME_INVALID, CATALOG_FILE_TOO_LARGE; what the system does
 */
export async function saveCustomCatalog(
  context: Pick<Context, 'paths' | 'random'>,
  name: string,
  document: CatalogDocument,
): Promise<string> {
  const file = customCatalogFile(context, name);
  await makeFolder(customCatalogFolder(context.paths.config));
  const suffix = Buffer.from(context.random(6)).toString('hex');
  await writeFileDurably(file, `${JSON.stringify(document, null, 1)}\n`, suffix);
  return file;
}

function nameOf(path: string): string {
  const words = basename(path)
    .toLowerCase()
    .replace(/\.json$/, '')
    .match(/[a-z0-9]+/g);
  return (words ?? ['imported']).join('-').slice(0, 64).replace(/-$/, '');
}

/** An address as it may be shown: what is behind `?` may be a key. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
