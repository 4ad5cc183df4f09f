/**
 * Holds the sockets of a plugin's process: to the hosts that were granted by name, and where there is none to nothing.
 * The plugin may put functions of its own in the place of any that it sees, those of arrays and texts as well: so what
 * runs here uses none that is looked up then.
 */
import type { LookupAddress, LookupOptions } from 'node:dns';
import type { Socket } from 'node:net';

import { builtin, close, denial, replace, shut, type Members } from './doors.ts';
import { hostList } from './host-list.ts';

const { apply } = Reflect;
const { isArray } = Array;

/** What a handle of Node's can do to reach others. */
const HANDLE = ['connect', 'connect6', 'bind', 'bind6', 'listen', 'open', 'fchmod'];

/** What a handle answers when the system does not let it. */
const UV_EACCES = -13;

type Lookup = (
  host: string,
  options: LookupOptions,
  done: (error: Error | null, found: string | readonly LookupAddress[], family?: number) => void,
) => void;

/** Addresses to which a granted name has led, as keys. */
type Known = Record<string, true>;

/**
 * Closes what lies below all sockets. One instance leads to its class and to others of it.
 * @param line a local socket, which is open
 * @returns where to note the addresses to which sockets may go
 */
export function holdHandles(line: Socket): Known {
  const known = Object.create(null) as Known;
  const internet = new (process.getBuiltinModule('net').Socket)();
  internet.on('error', () => undefined);
  // That makes the handle; it would be used in the next turn only.
  internet.connect(1, '127.0.0.1');
  const [tcp, pipe] = [prototypeOf(internet), prototypeOf(line)];
  internet.destroy();
  for (const key of ['connect', 'connect6']) {
    const connect = tcp[key] as () => unknown;
    replace(tcp, key, function (this: unknown, request: unknown, address: unknown, port: unknown) {
      const isKnown = typeof address === 'string' && known[address] === true;
      return isKnown ? (apply(connect, this, [request, address, port]) as unknown) : UV_EACCES;
    });
  }
  close(tcp, HANDLE.slice(2), 'Net');
  close(pipe, HANDLE, 'Net');
  return known;
}

function prototypeOf(socket: Socket): Members {
  const { _handle: handle } = socket as unknown as { readonly _handle: object };
  return Object.getPrototypeOf(handle) as Members;
}

/** Sockets are connected to granted hosts only, by their names, and none listens. */
export function holdSockets(hosts: readonly string[], known: Known): void {
  const net = process.getBuiltinModule('net');
  const { isIP } = net;
  const dns = builtin('dns');
  const lookup = dns['lookup'] as Lookup;
  const covers = hostList(hosts);
  const connect = net.Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;

  const held = function (this: Socket, ...args: unknown[]): Socket {
    // What is looked at is what is used: a copy, which has no getters.
    const given = isArray(args[0]) ? (args[0] as unknown[]) : args;
    const { host: named, ...options } = optionsOf(given);
    const host = named ?? 'localhost';
    // Node's own modules say null where there is none.
    const isNamed = typeof host === 'string' && (options.path ?? options.lookup ?? undefined) === undefined;
    if (!isNamed || !covers(host, options.port)) {
      throw denial('Net', typeof options.path === 'string' ? options.path : JSON.stringify(host));
    }
    if (isIP(host) !== 0) known[host] = true;
    const noting: Lookup = (name, how, done) => {
      lookup(name, how, (error, found, family) => {
        if (name === host) note(found, known);
        done(error, found, family);
      });
    };
    const wish = { ...options, host, lookup: noting };
    // Already normalised, it is marked as such.
    if (given !== args) {
      given[0] = wish;
      return apply(connect, this, args);
    }
    const last: unknown = args[args.length - 1];
    return apply(connect, this, typeof last === 'function' ? [wish, last] : [wish]);
  };
  replace(net.Socket.prototype as unknown as Members, 'connect', held);
  close(net.Server.prototype as unknown as Members, ['listen', '_listen2'], 'Net');
  close(net, ['_createServerHandle'], 'Net');
  const others = Object.keys(dns).filter((key) => key !== 'lookup' && typeof dns[key] === 'function');
  close(dns, others, 'Net');
  shut(builtin('dns/promises'), 'Net', 'dns/promises');
}

function note(found: string | readonly LookupAddress[], known: Known): void {
  if (typeof found === 'string') known[found] = true;
  else if (isArray(found)) {
    for (let at = 0; at < found.length; at++) known[(found as readonly LookupAddress[])[at]?.address ?? ''] = true;
  }
}

interface ConnectOptions {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
  readonly lookup?: unknown;
}

/** A copy of the arguments in their three forms, and as Node's own functions pass them on: normalised, in an array. */
function optionsOf(args: readonly unknown[]): ConnectOptions {
  const first = args[0];
  if (typeof first === 'object' && first !== null) return { ...first };
  if (typeof first === 'string' && !isDecimal(first)) return { path: first };
  return { port: first, host: typeof args[1] === 'string' ? args[1] : undefined };
}

function isDecimal(text: string): boolean {
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- that would call an iterator, which can be replaced
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char < '0' || char > '9') return false;
  }
  return text !== '';
}
