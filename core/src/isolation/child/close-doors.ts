/**
 * Closes the doors that Node's permission list leaves open, above all sockets. This is a fence and no wall: it stands in
 * the same process as the plugin and closes each way that is known; docs/plugin-isolation.md says so.
 */
import { isBuiltin, syncBuiltinESMExports } from 'node:module';
import type { Socket } from 'node:net';

import { builtin, close, shut, type Members } from './doors.ts';
import { holdHandles, holdSockets } from './hold-sockets.ts';
import { capturePrinting } from './printing.ts';

/**
 * Never of use to a plugin: other programs and threads, debuggers, sockets that belong to no host, and what writes files
 * without asking for them, as the tracer does.
 */
const SHUT = [
  ...['child_process', 'cluster', 'dgram', 'inspector', 'inspector/promises', 'repl', 'trace_events', 'wasi'],
  ...['node:sqlite', 'node:test', 'node:test/reporters'],
];

/** Without a host there is nothing to connect to. */
const WEB = [
  ...['net', 'tls', 'dns', 'dns/promises', 'http', 'https', 'http2'],
  ...['_http_agent', '_http_client', '_http_common', '_http_incoming', '_http_outgoing', '_http_server'],
  ...['_stream_wrap', '_tls_common', '_tls_wrap'],
];
const WEB_GLOBALS = ['fetch', 'WebSocket', 'EventSource'];

/** By its flags V8 writes logs to any file, of which Node's permission list does not know. */
const V8 = [
  ...['setFlagsFromString', 'setHeapSnapshotNearHeapLimit', 'writeHeapSnapshot'],
  ...['takeCoverage', 'stopCoverage'],
];

/** By these a plugin reaches other processes, or what lies below Node. */
const PROCESS = [
  ...['kill', '_kill', '_debugProcess', '_debugEnd', 'binding', '_linkedBinding', 'dlopen', 'report'],
  ...['_getActiveHandles', '_getActiveRequests', '_rawDebug', 'execve', 'abort'],
];

/**
 * @param hosts to which sockets may be opened, as a manifest names them
 * @param line on which the engine speaks
 */
export function closeDoors(hosts: readonly string[], line: Socket): void {
  capturePrinting();
  const shutAll = SHUT.filter((name) => isBuiltin(name));
  // All are loaded before the first is shut: they use each other.
  for (const name of [...shutAll, ...WEB, 'async_hooks', 'os', 'v8']) builtin(name);
  // From the line, which it gets at by what it puts in the place of Node's own functions, it gets at other sockets.
  const known = holdHandles(line);
  for (const name of shutAll) shut(builtin(name), 'Door', name);
  // By what belongs to a running call, one gets at sockets.
  close(builtin('async_hooks'), ['createHook', 'executionAsyncResource'], 'Door');
  close(builtin('os'), ['setPriority'], 'Door');
  close(builtin('v8'), V8, 'Door');
  if (hosts.length === 0) {
    const { Server, Socket } = process.getBuiltinModule('net');
    close(Socket.prototype as unknown as Members, ['connect'], 'Net');
    close(Server.prototype as unknown as Members, ['listen', '_listen2'], 'Net');
    for (const name of WEB) shut(builtin(name), 'Net', name);
    close(globalThis, WEB_GLOBALS, 'Net');
  } else {
    holdSockets(hosts, known);
  }
  close(process as unknown as Members, PROCESS, 'Door');
  syncBuiltinESMExports();
}
