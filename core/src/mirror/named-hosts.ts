/** Hosts as users name them in `mirrors.prefer` and `mirrors.ban`. */
import { failure, type LoopstickError } from '../engine/errors.ts';
import { withoutSecrets } from '../engine/without-secrets.ts';
import { MIRROR_ERRORS } from './mirror-errors.ts';

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

/**
 * A host as it is kept in the settings: `example.org`, `example.org:8080`, without what else an address has.
 * @throws LoopstickError MIRROR_BAD_HOST
 */
export function namedHost(text: string): string {
  const bad = (problem: string): LoopstickError =>
    failure(MIRROR_ERRORS.badHost, { host: withoutSecrets(text), problem });
  const word = text.trim();
  if (word.startsWith('*.')) throw bad('without the asterisk, it is everything below that name already');
  // What has a scheme is an address; in anything else, these are mistakes.
  if (!word.includes('://') && /[/?#@\\]/.test(word)) throw bad('it looks like an address without http:// or https://');
  const host = parse(word);
  if (host === undefined) throw bad('no address could be made of it');
  if (!HOST_NAME.test(host.name)) throw bad('it has letters that a name cannot have');
  // The URL standard takes `123` for the number of an address.
  if (/^[\d.]+$/.test(word) && word !== host.name) throw bad('an address has four numbers');
  return host.port === '' ? host.name : `${host.name}:${host.port}`;
}

/**
 * A host of a list as `namedHost` would write it, also where somebody has written it by hand as that would refuse it
 * (`example.org/iso`). Undefined when no address can have it.
 */
export function listedHost(text: string): string | undefined {
  const host = parse(text);
  if (host === undefined || !HOST_NAME.test(host.name)) return undefined;
  return host.port === '' ? host.name : `${host.name}:${host.port}`;
}

// Labels as they are found in the wild (RFC 1123, 2.1, and underscores), or an IPv6 address.
const HOST_NAME = /^(?:[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\])$/;

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
