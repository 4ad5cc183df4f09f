import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { VendorSite } from '../upstream/index.ts';

export interface VendorServer {
  /** For the setting `catalog.origins`: each host of the site → where it is served. */
  readonly origins: Readonly<Record<string, string>>;
  /** What was asked for, as the world names it, and how that was answered. */
  readonly log: { readonly url: string; readonly status: number }[];
  close(): Promise<void>;
}

/** Serves a vendor's site at its own paths over HTTP, below a folder for each host, and answers conditional requests. */
export async function serveVendors(site: VendorSite): Promise<VendorServer> {
  const log: { url: string; status: number }[] = [];
  const server = createServer((request, response) => {
    const url = `https:/${request.url ?? ''}`;
    const content = Object.hasOwn(site, url) ? site[url] : undefined;
    const tag = content === undefined ? '' : `"${createHash('sha256').update(content).digest('hex')}"`;
    const status = content === undefined ? 404 : request.headers['if-none-match'] === tag ? 304 : 200;
    log.push({ url, status });
    response.writeHead(status, tag === '' ? {} : { etag: tag });
    response.end(status === 200 ? content : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hosts = new Set(Object.keys(site).map((url) => new URL(url).host));
  return {
    origins: Object.fromEntries([...hosts].map((host) => [host, `${base}/${host}`])),
    log,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
