import type { CatalogReadRequest, FetchedDocument } from '@loopstick/core';

/** What a vendor's servers have: address → content. */
export type VendorSite = Readonly<Record<string, string | Uint8Array>>;

/** What checks signatures, and makes the error for what a site does not have: those of core, built or in source. */
export interface SiteTools {
  verifyDetached(
    data: Uint8Array,
    signature: Uint8Array,
    request: { keys: readonly TrustedKeyLike[]; now: Date },
  ): Promise<{ key: string; created: Date }>;
  verifyClearsigned(
    message: Uint8Array,
    request: { keys: readonly TrustedKeyLike[]; now: Date },
  ): Promise<{ key: string; created: Date; text: string }>;
  notFound(url: string): Error;
}

type TrustedKeyLike = Parameters<CatalogReadRequest['fetchSigned']>[0]['keys'][number];

/** A request that reads from a site in memory, and remembers what was asked for. Signatures are really checked. */
export function requestTo(
  site: VendorSite,
  tools: SiteTools,
  { now, signal = new AbortController().signal }: { readonly now: Date; readonly signal?: AbortSignal },
): CatalogReadRequest & { readonly asked: string[] } {
  const asked: string[] = [];
  const fetch = async (url: string): Promise<FetchedDocument> => {
    asked.push(url);
    signal.throwIfAborted();
    const content = Object.hasOwn(site, url) ? site[url] : undefined;
    if (content === undefined) return Promise.reject(tools.notFound(url));
    const body = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    return Promise.resolve({ body, url, secure: true, retrievedAt: now, confirmed: false });
  };
  return {
    asked,
    signal,
    now,
    fetch,
    fetchFirst: fetch,
    async fetchSigned({ url, signature, keys }) {
      const { body, retrievedAt } = await fetch(url);
      if (signature.form === 'clear') {
        return { ...(await tools.verifyClearsigned(body, { keys, now })), retrievedAt };
      }
      const detached = await fetch(signature.url);
      const checked = await tools.verifyDetached(body, detached.body, { keys, now });
      return { ...checked, text: new TextDecoder().decode(body), retrievedAt };
    },
    advise: () => undefined,
    vouch: () => undefined,
  };
}
