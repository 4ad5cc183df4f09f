/** Hosts as users name them in `mirrors.prefer` and `mirrors.ban`. */

/**
 * A function that says which of the named hosts an address is of: its place in the list, or -1.
 * @param names `example.org`, which is also all that is below it, `example.org:8080`, or the address of something there
 */
export function hostMatcher(names: readonly string[]): (url: string) => number {
  const patterns = names.map(parse);
  return (text) => {
    const url = parse(text);
    return url === undefined ? -1 : patterns.findIndex((pattern) => pattern !== undefined && covers(pattern, url));
  };
}

interface Host {
  /** As the URL standard writes it: lower case, ASCII. */
  readonly name: string;
  /** Empty for that of the scheme. */
  readonly port: string;
}

function parse(text: string): Host | undefined {
  const address = text.includes('://') ? text : `http://${text.trim()}`;
  if (!URL.canParse(address)) return undefined;
  const { hostname, port } = new URL(address);
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return name === '' ? undefined : { name, port };
}

function covers(pattern: Host, host: Host): boolean {
  if (pattern.port !== '' && pattern.port !== host.port) return false;
  return host.name === pattern.name || host.name.endsWith(`.${pattern.name}`);
}
