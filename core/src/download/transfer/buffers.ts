import type { RateLimiter } from './rate-limit.ts';

/** All connections together hold about so many unread bytes, and each of them its share of it, within bounds. */
const UNREAD = 4 * 1024 * 1024;
const MOST_UNREAD = 512 * 1024;
export const LEAST_UNREAD: number = 128 * 1024;

/** How many bytes a connection may hold unread when there are so many. */
export function bufferSize(limiter: RateLimiter, connections: number): number {
  if (limiter.limited) return limiter.batchFor(connections);
  return Math.min(MOST_UNREAD, Math.max(LEAST_UNREAD, Math.floor(UNREAD / connections)));
}
