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
const require = createRequire(import.meta.url);
`;

/** What it tries → with which code it fails. */
const FORBIDDEN: readonly (readonly [string, string, string])[] = [
  ['a file of the user', `fs.readFileSync(SECRET)`, 'PLUGIN_FILE_DENIED'],
  ['a file by way of its own folder', `fs.readFileSync(OWN + '/../../secret')`, 'PLUGIN_FILE_DENIED'],
  ['a file, asynchronously', `await fs.promises.readFile(SECRET)`, 'PLUGIN_FILE_DENIED'],
  ['what is in a folder', `fs.readdirSync('/')`, 'PLUGIN_FILE_DENIED'],
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
async function burglar(hosts: string[] = []): Promise<World> {
  const { port } = server.address() as AddressInfo;
  const secret = join(await temporaryFolder(), 'secret');
  for (const file of [secret, `${secret}.mjs`]) await writeFile(file, 'export default 1;');
  const known = `const SECRET = ${JSON.stringify(secret)}, PORT = ${port}, URL = 'http://127.0.0.1:${port}/', OWN = import.meta.dirname;`;
  const tries = FORBIDDEN.map(([name, code]) => `${JSON.stringify(name)}: async () => { ${code}; },`);
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
async function outcomes({ engine }: World): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [at, [name]] of FORBIDDEN.entries()) {
    found[name] = await rank(engine, `try-${at}`).then(
      () => 'done',
      (error: unknown) => (error as LoopstickError).code,
    );
  }
  return found;
}

test('a plugin can use nothing but its own folder', async () => {
  expect(await outcomes(await burglar())).toEqual(Object.fromEntries(FORBIDDEN.map(([name, , code]) => [name, code])));
  expect(connections).toBe(0);
});
