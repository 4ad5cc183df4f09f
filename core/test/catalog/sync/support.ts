import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createEngine, type Engine } from '../../../src/engine/engine.ts';
import { resolvePaths } from '../../../src/engine/paths.ts';
import { failure, type LoopstickError } from '../../../src/engine/errors.ts';
import { createEventBus } from '../../../src/engine/events.ts';
import type { DocumentFetcher } from '../../../src/engine/fetch-document.ts';
import { DOCUMENT_ERRORS } from '../../../src/engine/document-errors.ts';
import type { CatalogReadRequest, CatalogSource } from '../../../src/engine/hooks.ts';
import { parseSettings } from '../../../src/engine/settings.ts';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { catalogEntries, type CatalogImage } from '../../../src/catalog/model.ts';
import type { SourceSync } from '../../../src/catalog/sync/source-sync.ts';
import { syncCatalog, type SyncOptions, type SyncResult } from '../../../src/catalog/sync/sync-catalog.ts';
import { manifestText, never, temporaryFolder, writeFiles } from '../../engine/support.ts';
import { documentOf, image } from '../support.ts';

export const NOW = '2026-03-01T12:00:00.000Z';
export const HOUR = 60 * 60 * 1000;
export const URL_A = 'https://a.example/list.json';
export const URL_B = 'https://b.example/list.json';

/** A machine with a web of its own and a clock that is set by hand. */
export interface World {
  readonly engine: Engine;
  readonly home: string;
  /** Address → what is served there. */
  readonly web: Map<string, string | Uint8Array>;
  readonly asked: string[];
  readonly warnings: LoopstickError[];
  /** Each time the state of a source was told. */
  readonly told: SourceSync[];
  /** Answers with this status in place of a document. */
  refuse(url: string, status: number): void;
  later(ms: number): void;
  add(source: CatalogSource): void;
  sync(options?: Partial<SyncOptions>): Promise<SyncResult>;
  images(): Promise<CatalogImage[]>;
}

interface WorldOptions {
  /** That of another world, which ended. */
  readonly home?: string;
  readonly at?: string;
  readonly settings?: object;
  readonly plugins?: readonly string[];
  readonly web?: World['web'];
  /** In place of the web. */
  readonly fetchDocument?: DocumentFetcher;
}

export async function world(options: WorldOptions = {}): Promise<World> {
  const home = options.home ?? (await temporaryFolder());
  let now = Date.parse(options.at ?? NOW);
  const web = options.web ?? new Map<string, string | Uint8Array>();
  const asked: string[] = [];
  const refused = new Map<string, number>();
  const fetchDocument: DocumentFetcher = async ({ url }) => {
    asked.push(url);
    const body = web.get(url);
    if (body === undefined) {
      const status = refused.get(url) ?? 404;
      throw failure(DOCUMENT_ERRORS.status, { url, status }, { cause: { status } });
    }
    return {
      body: typeof body === 'string' ? Buffer.from(body) : body,
      url,
      secure: url.startsWith('https:'),
      retrievedAt: new Date(now),
      confirmed: false,
    };
  };
  const events = createEventBus();
  const warnings: LoopstickError[] = [];
  const told: SourceSync[] = [];
  events.on('warning', (warning) => warnings.push(warning));
  events.on('sync', (status) => told.push(status));
  const engine = await createEngine({
    context: {
      paths: resolvePaths({ LOOPSTICK_HOME: home }, home),
      now: () => new Date(now),
      fetchDocument: options.fetchDocument ?? fetchDocument,
    },
    events,
    settings: parseSettings(options.settings ?? {}, 'settings'),
    plugins: options.plugins ?? [],
  });
  return {
    engine,
    home,
    web,
    asked,
    warnings,
    told,
    refuse: (url, status) => void refused.set(url, status),
    later: (ms) => {
      now += ms;
    },
    add: (source) => {
      engine.own.catalogSource(source);
    },
    sync: (own) => syncCatalog(engine, { signal: never(), ...own }),
    images: async () => catalogEntries(await loadCatalog(engine, { signal: never() })).map((entry) => entry.image),
  };
}

/** Makes a plugin of data that describes the distribution `x`, which a.example publishes. @param keys by file name */
export async function writeDescription(
  folder: string,
  parts: { readonly keys: readonly object[]; readonly lists: readonly object[] },
  keys: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  const block = {
    kinds: ['distro@1'],
    entry: undefined,
    contributes: { distribution: './distribution.json' },
    permissions: { hosts: ['a.example'] },
  };
  const document = { schema: { major: 1, minor: 0 }, distribution: { id: 'x', name: 'X' }, ...parts };
  await writeFiles(folder, {
    'package.json': manifestText('x', block),
    'distribution.json': JSON.stringify(document),
  });
  for (const [name, material] of Object.entries(keys)) await writeFile(join(folder, name), material);
}

/** A source of the layer upstream whose one document is at this address. */
export function listed(name: string, url: string): CatalogSource {
  return { name, layer: 'upstream', read: async (request) => readJson(request, url) };
}

export async function readJson(request: CatalogReadRequest, url: string): Promise<unknown> {
  const { body } = await request.fetchFirst(url);
  return JSON.parse(Buffer.from(body).toString());
}

/** A document of so many images, as JSON. */
export function imagesJson(count: number, changes: object = {}): string {
  const all = Array.from({ length: count }, (_, index) =>
    image({ variant: `v${index}`, file: `v${index}.iso`, ...changes }),
  );
  return JSON.stringify(documentOf({ '1': all }));
}

/** A world with the sources a and b, of two images each. */
export async function twoSources(settings: object = {}): Promise<World> {
  const made = await world({ settings });
  made.add(listed('upstream:a', URL_A));
  made.add(listed('upstream:b', URL_B));
  made.web.set(URL_A, imagesJson(2));
  made.web.set(URL_B, imagesJson(2).replaceAll('"distro"', '"other"'));
  return made;
}
