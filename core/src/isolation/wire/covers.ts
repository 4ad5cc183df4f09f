/** `*` is every host, `*.example.org` each one below that; a port counts when it is named. */
export function covers(
  declared: string,
  { hostname, host }: { readonly hostname: string; readonly host: string },
): boolean {
  const wanted = declared.toLowerCase();
  if (wanted === '*') return true;
  return wanted.startsWith('*.') ? hostname.endsWith(wanted.slice(1)) : wanted === hostname || wanted === host;
}
