/**
 * Serves one file from several loopback addresses, each at its own speed; a process of its own, told by messages.
 *
 * nginx cannot do this honestly: `limit_rate` gives every new request a free first second, and it limits connections,
 * not servers. Here a bucket of tokens, refilled by the time that has passed, stands for a server's line (`per:
 * 'server'`) or for each connection (`per: 'connection'`), and holds at most a twentieth of a second's worth.
 */
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { setInterval } from 'node:timers';

const TICK_MS = 10;
const BURST_S = 0.05;
const CHUNK = 64 * 1024;

const servers = [];
/** After so many bytes of all servers, the first of them slows down. */
let collapse;

process.on('message', async (message) => {
  if (message.kind === 'start') process.send({ kind: 'started', urls: await start(message) });
  if (message.kind === 'reset') {
    collapse = message.collapse;
    for (const server of servers) Object.assign(server, { sent: 0, requests: 0, rate: server.fullRate, tokens: 0 });
    process.send({ kind: 'ready' });
  }
  if (message.kind === 'count') {
    process.send({ kind: 'counted', sent: servers.map(({ sent }) => sent), requests: servers.map((s) => s.requests) });
  }
});
process.on('disconnect', () => process.exit(0));

async function start({ path, mirrors, per }) {
  const file = await open(path, 'r');
  const { size, mtime } = await file.stat();
  const urls = [];
  for (const { host, rate } of mirrors) {
    const server = { rate, fullRate: rate, per, tokens: 0, sent: 0, requests: 0, sinks: new Set() };
    const listener = createServer((request, response) => answer(server, file, size, mtime, request, response));
    await new Promise((resolve) => listener.listen(0, host, resolve));
    servers.push(server);
    urls.push(`http://${host}:${listener.address().port}/image.iso`);
  }
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const server of servers) refill(server, (now - last) / 1000);
    last = now;
  }, TICK_MS);
  timer.unref();
  return urls;
}

function answer(server, file, size, mtime, request, response) {
  server.requests++;
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = range === null ? 0 : Number(range[1]);
  const end = range === null || range[2] === '' ? size : Math.min(size, Number(range[2]) + 1);
  const headers = { 'accept-ranges': 'bytes', etag: '"bench"', 'last-modified': mtime.toUTCString() };
  if (start >= size) return response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
  const partial = range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${size}` };
  response.writeHead(range === null ? 200 : 206, { ...headers, ...partial, 'content-length': end - start });
  if (request.method === 'HEAD') return response.end();
  const sink = { response, file, at: start, end, tokens: 0, busy: false };
  server.sinks.add(sink);
  response.once('close', () => server.sinks.delete(sink));
  return undefined;
}

function refill(server, seconds) {
  if (server.per === 'connection') {
    for (const sink of server.sinks) {
      sink.tokens = Math.min(sink.tokens + server.rate * seconds, Math.max(server.rate * BURST_S, CHUNK));
      void pour(server, sink, sink);
    }
    return;
  }
  server.tokens = Math.min(server.tokens + server.rate * seconds, Math.max(server.rate * BURST_S, CHUNK));
  for (const sink of server.sinks) void pour(server, sink, server, server.tokens / server.sinks.size);
}

/** Sends what the bucket allows; a client that does not read gets nothing more, and its share goes to the others. */
async function pour(server, sink, bucket, share = bucket.tokens) {
  if (sink.busy || sink.response.writableNeedDrain || sink.response.destroyed) return;
  const length = Math.floor(Math.min(share, bucket.tokens, sink.end - sink.at));
  if (length < 1) return;
  sink.busy = true;
  bucket.tokens -= length;
  const { buffer } = await sink.file.read(Buffer.allocUnsafe(length), 0, length, sink.at);
  sink.busy = false;
  if (sink.response.destroyed) return;
  sink.at += length;
  server.sent += length;
  sink.response.write(buffer);
  const all = servers.reduce((sum, { sent }) => sum + sent, 0);
  if (collapse !== undefined && all >= collapse.after) servers[0].rate = collapse.rate;
  if (sink.at === sink.end) {
    server.sinks.delete(sink);
    sink.response.end();
  }
}
