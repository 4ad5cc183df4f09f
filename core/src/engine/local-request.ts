import type { CatalogReadRequest } from './contract/catalog-source.ts';
import type { Context } from './context.ts';
import { noFetcher } from './fetch-document.ts';

/** For a source that is on this machine: it needs no web, and gets none. */
export function localRequest({ now }: Pick<Context, 'now'>, signal: AbortSignal): CatalogReadRequest {
  const refuse = async (url: string): Promise<never> => noFetcher({ url, maxBytes: 0, signal }) as Promise<never>;
  return {
    signal,
    now: now(),
    fetch: refuse,
    fetchFirst: refuse,
    fetchSigned: async ({ url }) => refuse(url),
    advise: () => undefined,
    vouch: () => undefined,
  };
}
