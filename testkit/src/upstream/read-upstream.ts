import {
  createEngine,
  DOCUMENT_ERRORS,
  failure,
  isLoopstickError,
  parseCatalogDocument,
  parseSettings,
  verifyClearsigned,
  verifyDetached,
  type CatalogDocument,
  type ImageDocument,
  type PluginPlace,
} from '@loopstick/core';

import { requestTo, type SiteTools, type VendorSite } from './vendor-site.ts';

const TOOLS: SiteTools = {
  verifyDetached,
  verifyClearsigned,
  notFound: (url) => failure(DOCUMENT_ERRORS.status, { url, status: 404 }),
};

export interface UpstreamReading {
  /** As the engine would keep it; missing when nothing could be read. */
  readonly document: CatalogDocument | undefined;
  /** `distribution/version/variant/arch` → the image. */
  readonly images: ReadonlyMap<string, ImageDocument>;
  /** Code of what ended the reading. */
  readonly error: string | undefined;
  /** Codes of what was left out, each once. */
  readonly warnings: readonly string[];
  /** The addresses that were asked for, in their order. */
  readonly asked: readonly string[];
}

/** Reads a plugin's upstream source, by its document and nothing else, from a site in memory. */
export async function readUpstreamOf(
  plugin: string | PluginPlace,
  site: VendorSite,
  now: Date = new Date('2026-11-01T00:00:00Z'),
): Promise<UpstreamReading> {
  const engine = await createEngine({
    plugins: [plugin],
    settings: parseSettings({}, 'none'),
    context: { env: { LOOPSTICK_HOME: '/nonexistent' } },
  });
  const warnings = new Set<string>();
  engine.events.on('warning', ({ code }) => warnings.add(code));
  const asked: string[] = [];
  const [outcome] = await engine.readCatalogSources({
    signal: new AbortController().signal,
    wants: ({ layer }) => layer === 'upstream',
    load: false,
    request: (_source, _plugin, signal) => {
      const request = requestTo(site, TOOLS, { now, signal });
      return { ...request, fetch: logged(asked, request.fetch), fetchFirst: logged(asked, request.fetchFirst) };
    },
  });
  const document =
    outcome?.document === undefined ? undefined : parseCatalogDocument(outcome.document, outcome.source.name);
  return {
    document,
    images: imagesOf(document),
    error: isLoopstickError(outcome?.error) ? outcome.error.code : undefined,
    warnings: [...warnings],
    asked,
  };
}

function logged<R>(asked: string[], fetch: (url: string) => R): (url: string) => R {
  return (url) => {
    asked.push(url);
    return fetch(url);
  };
}

function imagesOf(document: CatalogDocument | undefined): ReadonlyMap<string, ImageDocument> {
  return new Map(
    document?.distributions.flatMap(({ id, releases = [] }) =>
      releases.flatMap(({ version, images = [] }) =>
        images.map((image) => [`${id}/${version}/${image.variant}/${image.arch}`, image] as const),
      ),
    ),
  );
}
