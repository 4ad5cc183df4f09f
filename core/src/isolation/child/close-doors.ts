/**
 * Closes the doors that Node's permission list leaves open, above all sockets. This is a fence and no wall: it stands in
 * the same process as the plugin and closes each way that is known; docs/plugin-isolation.md says so.
 */
import { syncBuiltinESMExports } from 'node:module';
import type { Socket } from 'node:net';

import { covers } from '../wire/covers.ts';
import { capturePrinting } from './printing.ts';

/** Never of use to a plugin: other programs and threads, debuggers, sockets that belong to no host. */
const SHUT = ['child_process', 'cluster', 'dgram', 'inspector', 'inspector/promises', 'wasi'] as const;

/** Without a host there is nothing to connect to. */
const WEB = [
  ...['net', 'tls', 'dns', 'dns/promises', 'http', 'https', 'http2'],
  ...['_http_agent', '_http_client', '_http_common', '_http_incoming', '_http_outgoing', '_http_server'],
  ...['_stream_wrap', '_tls_common', '_tls_wrap'],
];
const WEB_GLOBALS = ['fetch', 'WebSocket', 'EventSource'];

/** By these a plugin reaches other processes, or what lies below Node. */
const PROCESS = [
  ...['kill', '_kill', '_debugProcess', '_debugEnd', 'binding', '_linkedBinding', 'dlopen', 'report'],
  ...['_getActiveHandles', '_getActiveRequests', '_rawDebug'],
];

type Members = Record<string, unknown>;

/** @param hosts to which sockets may be opened, as a manifest names them */
export function closeDoors(hosts: readonly string[]): void {
  capturePrinting();
  // All are loaded before the first is shut: they use each other.
  for (const name of [...SHUT, ...WEB, 'async_hooks', 'os']) builtin(name);
  for (const name of SHUT) shut(builtin(name), 'Door', name);
  // By what belongs to a running call, one gets at sockets.
  close(builtin('async_hooks'), ['createHook', 'executionAsyncResource'], 'Door');
  close(builtin('os'), ['setPriority'], 'Door');
  if (hosts.length === 0) {
    for (const name of WEB) shut(builtin(name), 'Net', name);
    close(globalThis, WEB_GLOBALS, 'Net');
  } else {
    holdSockets(hosts);
  }
  close(process as unknown as Members, PROCESS, 'Door');
  syncBuiltinESMExports();
}

function builtin(name: string): Members {
  const module: object | undefined = process.getBuiltinModule(name);
  return module as Members;
}

/** Every function of a module throws from now on, and its objects are empty. */
function shut(module: Members, permission: string, name: string): void {
  for (const key of Object.getOwnPropertyNames(module)) {
    const property: PropertyDescriptor | undefined = Object.getOwnPropertyDescriptor(module, key);
    const value: unknown = property?.value;
    // Lists and numbers are no doors; what Node itself has fixed, such as the root certificates, cannot be replaced.
    if (property?.configurable !== true && property?.writable !== true) continue;
    if (typeof value === 'function') replace(module, key, denied(permission, `${name}.${key}`));
    else if (property.get !== undefined || (typeof value === 'object' && !Array.isArray(value)))
      replace(module, key, {});
  }
}

function close(owner: Members, keys: readonly string[], permission: string): void {
  for (const key of keys) if (key in owner) replace(owner, key, denied(permission, key));
}

function replace(owner: Members, key: string, value: unknown): void {
  Object.defineProperty(owner, key, { value, configurable: false, writable: false, enumerable: true });
}

/** A function, so that classes can be derived from it by code that only might open a socket. */
function denied(permission: string, resource: string): () => never {
  return function refuse() {
    throw denial(permission, resource);
  };
}

function denial(permission: string, resource: string): Error {
  const error = new Error(`a plugin may not use ${resource}`);
  return Object.assign(error, { code: 'ERR_ACCESS_DENIED', permission, resource });
}

/** Sockets are connected to granted hosts only, by their names, and none listens. */
function holdSockets(hosts: readonly string[]): void {
  const net = process.getBuiltinModule('net');
  const connect = net.Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;
  const held = function (this: Socket, ...args: unknown[]): Socket {
    // What is looked at is what is used: a copy, which has no getters.
    const given = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
    if (typeof given[0] === 'object' && given[0] !== null) given[0] = { ...given[0] };
    const options = optionsOf(given);
    const host = options.host ?? 'localhost';
    // Node's own modules say null where there is none.
    const isNamed = typeof host === 'string' && (options.path ?? options.lookup ?? undefined) === undefined;
    if (!isNamed || !hosts.some((each) => covers(each, { hostname: host, host: `${host}:${String(options.port)}` }))) {
      throw denial('Net', typeof options.path === 'string' ? options.path : JSON.stringify(host));
    }
    return connect.apply(this, args);
  };
  replace(net.Socket.prototype as unknown as Members, 'connect', held);
  close(net.Server.prototype as unknown as Members, ['listen', '_listen2'], 'Net');
  close(net, ['_createServerHandle'], 'Net');
  const dns = builtin('dns');
  const others = Object.keys(dns).filter((key) => key !== 'lookup' && typeof dns[key] === 'function');
  close(dns, others, 'Net');
  shut(builtin('dns/promises'), 'Net', 'dns/promises');
}

interface ConnectOptions {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
  readonly lookup?: unknown;
}

/** The arguments in their three forms, and as Node's own functions pass them on: already normalised, in an array. */
function optionsOf(args: readonly unknown[]): ConnectOptions {
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) return first;
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { path: first };
  return { port: first, host: typeof second === 'string' ? second : undefined };
}
