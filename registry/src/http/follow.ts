import { DOCUMENT_ERRORS, failure, type DocumentRequest, type FetchedDocument } from '@loopstick/core';

import { ask, type Answer } from './ask.ts';
import type { FetcherOptions } from './document-fetcher.ts';
import { FileCache } from './file-cache.ts';
import { FETCH_LIMITS, type FetchLimits } from './limits.ts';
import { statusError } from './problems.ts';
import { agentsFor, proxyFor, type Agents } from './proxies.ts';
import { isLoopback, isSecure } from './secure-address.ts';
import { USER_AGENT } from './user-agent.ts';

const MOST_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Fetches documents and follows their redirects, each of which is judged before it is asked. */
export class Follower {
  readonly #options: FetcherOptions;
  readonly #cache: FileCache;
  readonly #limits: FetchLimits;
  /** By the proxy. */
  readonly #agents = new Map<string, Promise<Agents>>();

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#cache = new FileCache(options.cacheDirectory, options.random);
    this.#limits = { ...FETCH_LIMITS, ...options.limits };
  }

  /** As DocumentFetcher says. */
  async fetch(request: DocumentRequest): Promise<FetchedDocument> {
    const late = AbortSignal.timeout(this.#limits.wholeMs);
    try {
      return await this.#follow(request, AbortSignal.any([request.signal, late]));
    } catch (error) {
      request.signal.throwIfAborted();
      if (!late.aborted || error !== late.reason) throw error;
      const problem = `it took more than ${this.#limits.wholeMs / 1000} s`;
      throw failure(DOCUMENT_ERRORS.tooSlow, { url: request.url, problem }, { cause: error });
    } finally {
      await this.#cache.settled();
    }
  }

  async #follow({ url, maxBytes, accept }: DocumentRequest, signal: AbortSignal): Promise<FetchedDocument> {
    // The address as the world knows it, and the one that is asked in its place.
    let named = new URL(url);
    let real = this.#realAddress(named);
    let secure = isSecure(real);
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#ask(real, { named: url, maxBytes, accept, signal });
      if (!REDIRECTS.includes(answer.status) || answer.location === undefined) {
        if (answer.status !== 200) throw statusError(url, answer.status);
        const { body, confirmed } = answer;
        return { body, url: named.href, secure, retrievedAt: this.#options.now(), confirmed };
      }
      if (redirects === MOST_REDIRECTS) throw failure(DOCUMENT_ERRORS.redirects, { url, limit: MOST_REDIRECTS });
      const from = real;
      named = target(url, named, answer.location);
      real = this.#realAddress(named);
      requireDecent(url, from, real, real.host !== named.host);
      secure &&= isSecure(real);
    }
  }

  #realAddress(named: URL): URL {
    const real = new URL(this.#options.rewrite?.(named) ?? named);
    real.hash = '';
    return real;
  }

  async #ask(
    url: URL,
    {
      named,
      maxBytes,
      accept,
      signal,
    }: { named: string; maxBytes: number; accept: string | undefined; signal: AbortSignal },
  ): Promise<Answer> {
    const proxy = proxyFor(url, this.#options.env) ?? '';
    const agents = this.#agents.get(proxy) ?? agentsFor(proxy === '' ? undefined : proxy);
    this.#agents.set(proxy, agents);
    return ask({
      url,
      named,
      maxBytes,
      accept,
      signal,
      agents: await agents,
      userAgent: this.#options.userAgent ?? USER_AGENT,
      cache: this.#cache,
      limits: this.#limits,
    });
  }
}

/** Where a redirect leads; a server that says nothing of sense is as good as one that is not there. */
function target(url: string, from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to === undefined || !/^https?:$/.test(to.protocol)) {
    throw failure(DOCUMENT_ERRORS.unreachable, { url, problem: 'it redirects to no web address' });
  }
  return to;
}

/**
 * Never from what is encrypted to what is not. And no server elsewhere has any business with what runs on this machine,
 * unless the user has put a copy of a host here.
 */
function requireDecent(url: string, from: URL, to: URL, isRewritten: boolean): void {
  if (isLoopback(to) && !isLoopback(from) && !isRewritten) {
    throw failure(DOCUMENT_ERRORS.unreachable, { url, problem: 'it redirects to this machine' });
  }
  if (isSecure(from) && !isSecure(to)) throw failure(DOCUMENT_ERRORS.insecure, { url, target: to.origin });
}
