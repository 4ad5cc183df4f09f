/** Addresses in lists come from anybody who runs a mirror, and those who stand between. */

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

/** True for addresses of this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return /^127\.\d+\.\d+\.\d+$|^\[::1\]$|^(?:.+\.)?localhost\.?$/.test(hostname);
}

/** True when nobody on the way can read or change what this address sends. */
export function isPrivate(url: URL): boolean {
  return url.protocol === 'https:' || isLoopback(url);
}
