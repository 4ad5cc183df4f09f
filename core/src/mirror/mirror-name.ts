/** A mirror's address as it may be shown and logged: no user, no password, no query, where tokens hide. */
export function mirrorName(url: string): string {
  if (!URL.canParse(url)) return 'an invalid address';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
