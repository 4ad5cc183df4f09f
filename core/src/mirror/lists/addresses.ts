/** Addresses in lists come from anybody who runs a mirror, and those who stand between. */
import { BlockList, isIP } from 'node:net';

const LONGEST = 2048;

/**
 * An http or https address without credentials and fragment, as the URL standard writes it: international names become
 * ASCII. Undefined for everything else, such as `ftp:`, `javascript:` and what only looks like an address.
 */
export function webAddress(text: string): URL | undefined {
  // URL() forgives spaces, line breaks and backslashes that other programs read in other ways.
  if (text.length > LONGEST || !/^https?:\/\/[^\s\\/?#\p{C}][^\s\\\p{C}]*$/iu.test(text)) return undefined;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  url.hash = '';
  return url.username === '' && url.password === '' && url.href.length <= LONGEST ? url : undefined;
}

/** True for a path of plain names below a folder: none is empty, `.` or `..`, so that it cannot lead out. */
export function isPathBelow(path: string): boolean {
  const names = path.split('/');
  return path.length <= 1000 && names.every((name) => !/^\.{0,2}$/.test(name) && !/[\\\p{C}\p{Zl}\p{Zp}]/u.test(name));
}

/**
 * The address of a file below a folder's.
 * @param path plain names, not encoded
 * @returns undefined when the address has a query, which leaves no place for a path, or the path is none
 */
export function below(folder: string, path: string): string | undefined {
  const url = new URL(folder);
  if (url.search !== '' || !isPathBelow(path)) return undefined;
  url.hash = '';
  url.pathname = `${url.pathname.replace(/\/*$/, '/')}${path.split('/').map(encodeName).join('/')}`;
  return url.href.length <= LONGEST ? url.href : undefined;
}

/** `+` may stand for itself in a path, and some servers expect nothing else. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll('%2B', '+');
}

/** How far an address leads: to this machine, into the user's own network, or to everybody's. */
export type Reach = 'machine' | 'network' | 'world';

/**
 * Tells by what the address says alone: what a name leads to, only those know who look it up. Those that are set apart
 * for a network of one's own (RFC 6762, RFC 8375, `.internal`) stay in it.
 */
export function reachOf({ hostname }: URL): Reach {
  const name = hostname.replace(/\.$/, '');
  const address = name.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  if (family === 0) {
    if (/^(?:.+\.)?localhost$/.test(name)) return 'machine';
    return /\.(?:local|internal|home\.arpa)$/.test(name) ? 'network' : 'world';
  }
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (MACHINE.check(address, type)) return 'machine';
  return NETWORK.check(address, type) ? 'network' : 'world';
}

/** IPv4 addresses inside those of IPv6 (RFC 4291, 2.5.5.2) are found as well. */
function blocks(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, bits] of subnets) list.addSubnet(net, bits, net.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}

// Also "no address at all", by which Linux reaches itself.
const MACHINE = blocks([
  ['127.0.0.0', 8],
  ['0.0.0.0', 8],
  ['::1', 128],
  ['::', 128],
]);
// RFC 1918, RFC 6598, RFC 3927; RFC 4193, RFC 4291 (2.5.6).
const NETWORK = blocks([
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['fc00::', 7],
  ['fe80::', 10],
]);

/** True for addresses of this machine. */
export function isLoopback(url: URL): boolean {
  return reachOf(url) === 'machine';
}

/** True when nobody on the way can read or change what this address sends. */
export function isPrivate(url: URL): boolean {
  return url.protocol === 'https:' || isLoopback(url);
}
