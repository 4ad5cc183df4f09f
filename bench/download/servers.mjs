/** The servers of the measurements: nginx as fast as it goes, and one with set speeds. */
import { fork, spawn } from 'node:child_process';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Starts nginx with a configuration of its own, for the files of `folder`. Undefined when it is not installed. */
export async function startNginx(folder, work) {
  const port = await freePort();
  await mkdir(work, { recursive: true });
  const log = join(work, 'access.log');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const configuration = `
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    worker_processes 1;
    pid ${join(work, 'nginx.pid')};
    error_log ${join(work, 'error.log')};
    events { worker_connections 256; }
    http {
      log_format bytes '$status $body_bytes_sent';
      access_log ${log} bytes;
      sendfile on;
      tcp_nopush on;
      keepalive_requests 1000000;
      ${temporary.map((name) => `${name}_temp_path ${join(work, name)};`).join('\n')}
      server { listen 127.0.0.1:${port}; root ${folder}; }
    }`;
  await writeFile(join(work, 'nginx.conf'), configuration);
  const child = spawn('nginx', ['-p', work, '-c', join(work, 'nginx.conf'), '-g', 'daemon off;'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const failed = new Promise((resolve) => child.once('error', resolve));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if ((await Promise.race([failed, answers(port)])) instanceof Error) return undefined;
  return {
    urls: [`http://127.0.0.1:${port}/image.iso`],
    reset: () => truncate(log, 0),
    // A request is logged when it has ended.
    count: async () => {
      await sleep(300);
      const lines = (await readFile(log, 'utf8')).trim().split('\n').filter(Boolean);
      return { sent: lines.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0), requests: lines.length };
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Starts the server of paced-server.mjs. `mirrors`: [{host, rate}], rate in bytes a second. */
export async function startPaced(path, mirrors, per) {
  const child = fork(fileURLToPath(new URL('paced-server.mjs', import.meta.url)));
  const ask = (message) =>
    new Promise((resolve) => {
      child.once('message', resolve);
      child.send(message);
    });
  const { urls } = await ask({ kind: 'start', path, mirrors, per });
  return {
    urls,
    /** @param collapse {after, rate}: after so many bytes of all servers the first one slows down */
    reset: (collapse) => ask({ kind: 'reset', collapse }),
    count: async () => {
      const { sent, requests } = await ask({ kind: 'count' });
      const sum = (values) => values.reduce((a, b) => a + b, 0);
      return { sent: sum(sent), requests: sum(requests) };
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    },
  };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(port) {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await (await globalThis.fetch(`http://127.0.0.1:${port}/`)).arrayBuffer();
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error('nginx does not answer');
}
