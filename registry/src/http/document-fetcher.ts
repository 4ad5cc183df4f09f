/** How the host gets documents: over HTTP with got, its cache, retries and limits. */
import type { Context, DocumentFetcher } from '@loopstick/core';

import type { FetchLimits } from './limits.ts';
import type { Rewrite } from './origins.ts';

export interface FetcherOptions extends Pick<Context, 'env' | 'now' | 'random'> {
  /** Where answers are kept; made when it is needed. */
  readonly cacheDirectory: string;
  /** Loopstick's own when missing. */
  readonly userAgent?: string | undefined;
  /** Asks another address in place of the one that is named. Security is judged by the one that is asked. */
  readonly rewrite?: Rewrite | undefined;
  readonly limits?: Partial<FetchLimits> | undefined;
}

/** Got is loaded with the first document: most commands fetch none. */
export function createDocumentFetcher(options: FetcherOptions): DocumentFetcher {
  let follower: Promise<{ readonly fetch: DocumentFetcher }> | undefined;
  return async (request) => {
    request.signal.throwIfAborted();
    follower ??= import('./follow.ts').then(({ Follower }) => new Follower(options));
    // A fragment is a mark for whoever asks, and no server is told of it.
    const [url = ''] = request.url.split('#', 1);
    return (await follower).fetch({ ...request, url });
  };
}
