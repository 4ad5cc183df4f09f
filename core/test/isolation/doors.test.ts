/** What a plugin cannot do from where it runs: each way is tried by code in a real folder. */
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { LoopstickError } from '../../src/engine/errors.ts';
import { temporaryFolder } from '../engine/support.ts';
import { engineWith, rank, type World } from './support.ts';

const HEAD = `
import fs from 'node:fs';
import net, { connect } from 'node:net';
import http from 'node:http';
import dgram from 'node:dgram';
import dns from 'node:dns/promises';
import { createRequire } from 'node:module';
import { EventEmitter } from 'node:events';
const require = createRequire(import.meta.url);
// By what it puts in the place of Node's own functions, it sees the socket on which the engine speaks.
const { emit } = EventEmitter.prototype;
const LINE = new Promise((resolve) => {
  EventEmitter.prototype.emit = function (...args) {
    if (this._handle !== undefined) { EventEmitter.prototype.emit = emit; resolve(this); }
    return emit.apply(this, args);
  };
});
const reaches = (socket) => new Promise((resolve, reject) => { socket.on('connect', resolve); socket.on('error', reject); });
`;

/** What it tries → with which code it fails. */
type Attempt = readonly [string, string, string];

const FORBIDDEN: readonly Attempt[] = [
  ['a file of the user', `fs.readFileSync(SECRET)`, 'PLUGIN_FILE_DENIED'],
  ['a file by way of its own folder', `fs.readFileSync(OWN + '/../../secret')`, 'PLUGIN_FILE_DENIED'],
  ['a file, asynchronously', `await fs.promises.readFile(SECRET)`, 'PLUGIN_FILE_DENIED'],
  ['what is in a folder', `fs.readdirSync('/etc')`, 'PLUGIN_FILE_DENIED'],
  ['the memory of its parent', `fs.readFileSync('/proc/' + process.ppid + '/environ')`, 'PLUGIN_FILE_DENIED'],
  ['a module elsewhere', `await import('file://' + SECRET + '.mjs')`, 'PLUGIN_FILE_DENIED'],
  ['writing into its own folder', `fs.writeFileSync(OWN + '/index.js', '')`, 'PLUGIN_FILE_DENIED'],
  ['a link', `fs.symlinkSync('/', OWN + '/link')`, 'PLUGIN_ACCESS_DENIED'],
  ['a program', `(await import('node:child_process')).execSync('id')`, 'PLUGIN_PROGRAM_DENIED'],
  ['a program, by way of CommonJS', `require('child_process').spawnSync('id')`, 'PLUGIN_PROGRAM_DENIED'],
  ['a thread', `new (require('worker_threads').Worker)('1', { eval: true })`, 'PLUGIN_ACCESS_DENIED'],
  ['what lies below Node', `process.binding('tcp_wrap')`, 'PLUGIN_ACCESS_DENIED'],
  ['a native addon', `require('./addon.node')`, 'PLUGIN_ACCESS_DENIED'],
  ['its parent', `process.kill(process.ppid, 'SIGTERM')`, 'PLUGIN_ACCESS_DENIED'],
  ['a debugger', `require('inspector').open(0)`, 'PLUGIN_ACCESS_DENIED'],
  ['a socket', `net.connect(PORT, '127.0.0.1')`, 'PLUGIN_HOST_DENIED'],
  ['a socket, by name of the export', `connect(PORT, '127.0.0.1')`, 'PLUGIN_HOST_DENIED'],
  ['a socket of its own making', `new net.Socket().connect(PORT)`, 'PLUGIN_HOST_DENIED'],
  [
    'a socket, by way of Node’s inner parts',
    `new (require('_http_agent').Agent)().createConnection(PORT)`,
    'PLUGIN_HOST_DENIED',
  ],
  ['a request', `http.get(URL)`, 'PLUGIN_HOST_DENIED'],
  ['fetch', `await fetch(URL)`, 'PLUGIN_HOST_DENIED'],
  ['a datagram', `dgram.createSocket('udp4')`, 'PLUGIN_ACCESS_DENIED'],
  ['a name of a host, as a message to its server', `await dns.lookup('secret.example')`, 'PLUGIN_HOST_DENIED'],
  ['a socket like the engine’s', `new (await LINE).constructor().connect(PORT, '127.0.0.1')`, 'PLUGIN_HOST_DENIED'],
  ['a local socket', `new (await LINE)._handle.constructor(0).bind(SECRET + '.socket')`, 'PLUGIN_HOST_DENIED'],
  [
    'logs in any file, by flags of V8',
    `require('v8').setFlagsFromString('--redirect-code-traces-to=' + SECRET)`,
    'PLUGIN_ACCESS_DENIED',
  ],
  ['a trace, as a file', `require('trace_events').createTracing({ categories: ['v8'] })`, 'PLUGIN_ACCESS_DENIED'],
];

/** What it tries when it was granted a host at which nobody is: to reach another. */
const ELSEWHERE: readonly Attempt[] = [
  ['a socket', `net.connect(PORT, '127.0.0.1')`, 'PLUGIN_HOST_DENIED'],
  ['fetch', `await fetch(URL).catch(({ cause }) => { throw cause; })`, 'PLUGIN_HOST_DENIED'],
  ['a local socket', `net.connect(SECRET)`, 'PLUGIN_HOST_DENIED'],
  ['a name of its own finding', `net.connect({ host: '127.0.0.9', port: PORT, lookup() {} })`, 'PLUGIN_HOST_DENIED'],
  [
    'by functions of its own in the place of those that compare',
    `const { some } = Array.prototype, { endsWith } = String.prototype;
     Array.prototype.some = () => true;
     String.prototype.endsWith = () => true;
     try { net.connect(PORT, '127.0.0.1'); } finally { Array.prototype.some = some; String.prototype.endsWith = endsWith; }`,
    'PLUGIN_HOST_DENIED',
  ],
  [
    'by a list that is also an object',
    `const both = Object.assign([{ host: '127.0.0.9', port: PORT }], { host: '127.0.0.1', port: PORT });
     await reaches(new net.Socket().connect(both));`,
    'PLUGIN_TAP_FAILED',
  ],
  [
    'by what lies below sockets',
    `let Request;
     const fake = new net.Socket().on('error', () => {});
     fake._handle = new Proxy({}, { get: (_, key) => (request) => { if (key === 'connect') Request = request.constructor; return 0; } });
     fake.connect(PORT, '127.0.0.9');
     while (Request === undefined) await new Promise(setImmediate);
     const real = new net.Socket().on('error', () => {});
     real.connect(PORT, '127.0.0.9');
     const answer = new real._handle.constructor(0).connect(new Request(), '127.0.0.1', PORT);
     if (answer !== 0) throw new Error('refused');
     await new Promise((resolve) => setTimeout(resolve, 200));`,
    'PLUGIN_TAP_FAILED',
  ],
];

let server: Server;
let connections = 0;

beforeAll(async () => {
  server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
});

/** One plugin with a strategy for each attempt. */
async function burglar(attempts: readonly Attempt[], hosts: string[] = []): Promise<World> {
  const { port } = server.address() as AddressInfo;
  const secret = join(await temporaryFolder(), 'secret');
  for (const file of [secret, `${secret}.mjs`]) await writeFile(file, 'export default 1;');
  const known = `const SECRET = ${JSON.stringify(secret)}, PORT = ${port}, URL = 'http://127.0.0.1:${port}/', OWN = import.meta.dirname;`;
  const tries = attempts.map(([name, code]) => `${JSON.stringify(name)}: async () => { ${code}; },`);
  return engineWith([
    {
      id: 'burglar',
      kinds: ['mirror-strategy@1'],
      permissions: { hosts },
      head: `${HEAD}${known}\nconst TRIES = [{${tries.join('\n')}}];`,
      register: `Object.values(TRIES[0]).forEach((rank, at) => to.mirrorStrategy({ name: 'try-' + at, description: '', async rank() { await rank(); return []; } }));`,
      files: { 'addon.node': 'not really' },
    },
  ]);
}

/** The code with which each attempt fails. */
async function outcomes(attempts: readonly Attempt[], { engine }: World): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [at, [name]] of attempts.entries()) {
    found[name] = await rank(engine, `try-${at}`).then(
      () => 'done',
      (error: unknown) => (error as LoopstickError).code,
    );
  }
  return found;
}

test.each([
  { what: 'a plugin can use nothing but its own folder', attempts: FORBIDDEN, hosts: [] },
  { what: 'a plugin reaches no host but the one that it was granted', attempts: ELSEWHERE, hosts: ['127.0.0.9'] },
])('$what', async ({ attempts, hosts }) => {
  const world = await burglar(attempts, hosts);
  const codes = Object.fromEntries(attempts.map(([name, , code]) => [name, code]));
  expect(await outcomes(attempts, world)).toEqual(codes);
  expect(connections).toBe(0);
});
