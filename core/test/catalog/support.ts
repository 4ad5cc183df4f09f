import type { CatalogLayer, CatalogSource } from '../../src/engine/hooks.ts';
import type { LoopstickError } from '../../src/engine/errors.ts';
import { createContext } from '../../src/engine/context.ts';
import { createEventBus } from '../../src/engine/events.ts';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { mergeDocuments, type MergedCatalog } from '../../src/catalog/merge.ts';
import type { Catalog } from '../../src/catalog/model.ts';
import { parseCatalogDocument } from '../../src/catalog/parse-document.ts';
import type { SourcedDocument } from '../../src/catalog/speaker.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import { never } from '../engine/support.ts';

export const SHA_A = 'a'.repeat(64);
export const SHA_B = 'b'.repeat(64);
export const KEY = '0123456789ABCDEF0123456789ABCDEF01234567';

/** An image with all it needs. */
export function image(changes: object = {}): object {
  return {
    variant: 'desktop',
    arch: 'x86_64',
    kind: 'live',
    file: 'one.iso',
    size: 1000,
    checksums: { sha256: SHA_A },
    evidence: { level: 'tls' },
    mirrors: ['https://mirror.example/one.iso'],
    ...changes,
  };
}

/** A document with one distribution, `distro`, of these releases: version → images, or the whole release. */
export function documentOf(releases: Readonly<Record<string, object[] | object>>, changes: object = {}): object {
  return {
    schema: { major: 1, minor: 0 },
    origins: { list: { title: 'A list', location: 'https://example.org/list', retrieved: '2026-01-02' } },
    distributions: [
      {
        id: 'distro',
        name: 'Distro',
        releases: Object.entries(releases).map(([version, release]) =>
          Array.isArray(release) ? { version, images: release } : { version, images: [image()], ...release },
        ),
      },
    ],
    ...changes,
  };
}

export function source(name: string, layer: CatalogLayer, json?: unknown): CatalogSource {
  return { name, layer, read: async () => json };
}

/** Merges documents given as [layer, document], lowest first; each source has its layer's name. */
export function merge(...layers: readonly (readonly [CatalogLayer, object])[]): MergedCatalog {
  return mergeDocuments(
    layers.map(([layer, json]): SourcedDocument => ({
      source: source(layer, layer),
      document: parseCatalogDocument(json, layer),
    })),
  );
}

/** The catalog of one embedded document. */
export function catalogOf(json: object): Catalog {
  return { distributions: merge(['embedded', json]).distributions, sources: [] };
}

interface Answer {
  readonly source: CatalogSource;
  readonly document?: unknown;
  readonly error?: unknown;
}

interface Loaded {
  readonly catalog: Catalog;
  readonly warnings: LoopstickError[];
}

/** Loads from sources that answer as told, in this order. */
export const load = async (...answers: readonly Answer[]): Promise<Loaded> => loadWith({}, ...answers);

/** The same with the settings of this document. */
export async function loadWith(settings: object, ...answers: readonly Answer[]): Promise<Loaded> {
  const events = createEventBus();
  const warnings: LoopstickError[] = [];
  events.on('warning', (warning) => warnings.push(warning));
  const engine = {
    context: createContext({ env: { LOOPSTICK_HOME: '/nothing/is/here' } }),
    plugins: [],
    catalogSourceNames: async () => [],
    events,
    settings: parseSettings(settings, 'test'),
    readCatalogSources: async () => answers.map((answer) => ({ ...answer, pluginId: 'loopstick' })),
  };
  return { catalog: await loadCatalog(engine, { signal: never() }), warnings };
}

/** What the function throws. */
export function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
