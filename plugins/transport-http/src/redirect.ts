import { DOWNLOAD_ERRORS, failure, mirrorName, type RangeRequest } from '@loopstick/core';

const MOST_REDIRECTS = 10;

const REDIRECTS = [301, 302, 303, 307, 308];

export function isRedirect(status: number): boolean {
  return REDIRECTS.includes(status);
}

/**
 * Where a redirect leads. Only to http and https, never from https back to http, and not where the request may not be taken.
 * @param mirror the address that the user or the catalog named, for the error
 * @throws LoopstickError DOWNLOAD_REDIRECT
 */
export function nextAddress(
  mirror: string,
  from: URL,
  location: string | undefined,
  followed: number,
  mayFollow: RangeRequest['mayFollow'] = () => true,
): URL {
  const refuse = (problem: string): never => {
    throw failure(DOWNLOAD_ERRORS.redirect, { mirror: mirrorName(mirror), problem });
  };
  if (followed >= MOST_REDIRECTS) return refuse(`more than ${MOST_REDIRECTS} times`);
  if (location === undefined || !URL.canParse(location, from.href)) return refuse('to no valid address');
  const to = new URL(location, from);
  if (to.protocol !== 'http:' && to.protocol !== 'https:') return refuse(`to the scheme ${to.protocol}`);
  if (from.protocol === 'https:' && to.protocol === 'http:') return refuse('from https to http');
  if (!mayFollow(to.href)) return refuse(`to ${to.host}, which is banned`);
  return to;
}
