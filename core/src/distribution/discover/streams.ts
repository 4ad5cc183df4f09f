import { z } from 'zod';

import type { StreamsRule } from '../list-schema.ts';
import { MOST_ROWS, OddDocument, rowOf, tooManyRows, type Row } from './row.ts';

interface Item {
  ftype?: string | undefined;
  path?: string | undefined;
}

type Named<T> = Readonly<Record<string, T>>;

interface Product {
  versions?: Named<{ items?: Named<Item> | undefined }> | undefined;
}

interface StreamsDocument {
  format: string;
  index?: Named<{ path?: string | undefined; datatype?: string | undefined }> | undefined;
  products?: Named<Product> | undefined;
}

const documentSchema: z.ZodType<StreamsDocument, unknown> = z.looseObject({
  format: z.enum(['index:1.0', 'products:1.0']),
  index: z
    .record(z.string(), z.looseObject({ path: z.string().optional(), datatype: z.string().optional() }))
    .optional(),
  products: z
    .record(
      z.string(),
      z.looseObject({
        versions: z
          .record(
            z.string(),
            z.looseObject({
              items: z
                .record(z.string(), z.looseObject({ ftype: z.string().optional(), path: z.string().optional() }))
                .optional(),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
});

/** An index, whose documents are to be read next, or rows. */
export type Streams = { readonly next: readonly string[] } | { readonly rows: readonly Row[] };

const MOST_STREAMS = 16;

/**
 * Reads a document of simplestreams, an index or the products of a stream. What is said of a product or a version holds
 * for the items below, unless they say otherwise.
 * @returns paths below the root of the mirror, for an index
 * @throws OddDocument
 */
export function readStreams(text: string, { streams, items: kinds = ['iso'] }: StreamsRule): Streams {
  const document = parse(text);
  if (document.format === 'index:1.0') {
    const next = Object.entries(document.index ?? {})
      .filter(([id, { datatype }]) => datatype === 'image-downloads' && (streams?.includes(id) ?? true))
      .flatMap(([, { path }]) => path ?? []);
    if (next.length === 0 || next.length > MOST_STREAMS) throw new OddDocument('its index has no stream, or too many');
    return { next };
  }
  const rows: Row[] = [];
  for (const product of Object.values(document.products ?? {})) {
    for (const [serial, version] of Object.entries(product.versions ?? {})) {
      for (const item of Object.values(version.items ?? {})) {
        if (!kinds.includes(item.ftype ?? '')) continue;
        rows.push(rowOf(fields({ ...product, ...version, ...item }, serial)));
        if (rows.length > MOST_ROWS) throw tooManyRows();
      }
    }
  }
  return { rows };
}

function parse(text: string): StreamsDocument {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new OddDocument('it is not JSON');
  }
  const parsed = documentSchema.safeParse(json);
  if (!parsed.success) throw new OddDocument('it is no document of simplestreams');
  return parsed.data;
}

function fields(said: Readonly<Record<string, unknown>>, serial: string): (readonly [string, unknown])[] {
  return [
    ['url', said['path']],
    ['sha256', said['sha256']],
    ['size', said['size']],
    ['arch', said['arch']],
    ['release', said['release']],
    ['codename', said['release_codename']],
    ['title', said['release_title']],
    ['type', said['image_type']],
    ['series', said['version']],
    ['serial', serial],
  ];
}
