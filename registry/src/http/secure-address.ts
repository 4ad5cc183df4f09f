import { isIPv4 } from 'node:net';

/** Nobody on the way can read or change what comes from there: it is encrypted, or never leaves this machine. */
export function isSecure(url: URL): boolean {
  return url.protocol === 'https:' || isLoopback(url);
}

/** This machine itself (RFC 6761, 6.3; RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). */
export function isLoopback({ hostname }: URL): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true;
  return isIPv4(hostname) && hostname.startsWith('127.');
}
