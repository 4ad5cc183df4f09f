/** A mirror's address as it may be shown and logged: no user, no password, no query, where tokens hide. */
export function mirrorName(url: string): string {
  if (!URL.canParse(url)) return 'an invalid address';
  const { protocol, host, pathname, searchParams } = new URL(url);
  return host === '' ? nameWithoutHost(protocol, searchParams) : `${protocol}//${host}${pathname}`;
}

/** What is nowhere in particular has a name instead (RFC 8141), and that is no secret: `magnet:?xt=urn:…`. */
function nameWithoutHost(protocol: string, said: URLSearchParams): string {
  const [key, urn] = [...said].find(([, value]) => /^urn:[a-z0-9][a-z0-9-]*:[\w.:-]{1,200}$/i.test(value)) ?? [];
  return key === undefined || urn === undefined ? protocol : `${protocol}?${key}=${urn}`;
}
