import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';

import { isLoopback } from './secure-address.ts';

export interface Agents {
  readonly http?: HttpAgent;
  readonly https?: HttpsAgent;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy that the environment names for an address, as curl and undici read it. Never for this machine itself. */
export function proxyFor(url: URL, env: Environment): string | undefined {
  if (isLoopback(url) || isExcepted(url, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return undefined;
  const http = env['http_proxy'] ?? env['HTTP_PROXY'];
  const proxy = url.protocol === 'https:' ? (env['https_proxy'] ?? env['HTTPS_PROXY'] ?? http) : http;
  return proxy === '' ? undefined : proxy;
}

/** Agents for a proxy; loaded when there is one. */
export async function agentsFor(proxy: string | undefined): Promise<Agents> {
  if (proxy === undefined) return {};
  const [{ HttpProxyAgent }, { HttpsProxyAgent }] = await Promise.all([
    import('http-proxy-agent'),
    import('https-proxy-agent'),
  ]);
  // They are agents of Node's in all that is used of one, and typed by themselves.
  return {
    http: new HttpProxyAgent(proxy) as unknown as HttpAgent,
    https: new HttpsProxyAgent(proxy) as unknown as HttpsAgent,
  };
}

/** `no_proxy`: hosts, with all that is below them, perhaps with a port; `*` is every host. */
function isExcepted({ hostname, port, protocol }: URL, list: string): boolean {
  const own = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      return (only === undefined || only === own) && (hostname === name || hostname.endsWith(`.${name}`));
    });
}
