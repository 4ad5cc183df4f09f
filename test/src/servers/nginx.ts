import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Nginx {
  /** Ends in "/". */
  readonly url: string;
  close(): Promise<void>;
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
/** A busy machine starts programs slowly. */
const PATIENCE_MS = 30_000;

/**
 * A real nginx as people run it, on this machine only: static files, and pages that list folders.
 * @param work a folder for what it needs itself
 * @param places path (`/files/`) → folder
 * @throws when there is no nginx, or it does not come up
 */
export async function startNginx(work: string, places: Readonly<Record<string, string>>): Promise<Nginx> {
  const port = await freePort();
  await mkdir(work, { recursive: true });
  const locations = Object.entries(places).map(
    ([path, folder]) => `location ${path} { alias "${join(folder, '/')}"; }`,
  );
  const configuration = `
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    worker_processes 1;
    pid nginx.pid;
    error_log stderr;
    events { worker_connections 256; }
    http {
      access_log off;
      autoindex on;
      ${TEMPORARY.map((name) => `${name}_temp_path ${name};`).join('\n')}
      server { listen 127.0.0.1:${port}; ${locations.join('\n')} }
    }`;
  await writeFile(join(work, 'nginx.conf'), configuration);
  // Debian keeps it where only root looks.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };
  const args = ['-p', work, '-c', 'nginx.conf', '-g', 'daemon off;'];
  const child = spawn('nginx', args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  let end: string | undefined;
  child.once('error', (error) => (end = error.message));
  const exited = once(child, 'exit').then(
    () => (end ??= said),
    () => undefined,
  );
  const url = `http://127.0.0.1:${port}/`;
  for (const began = performance.now(); !(await answers(url));) {
    if (end !== undefined) throw new Error(`nginx does not run: ${end}`);
    if (performance.now() - began > PATIENCE_MS) throw new Error(`nginx does not answer: ${said}`);
    await sleep(20);
  }
  return {
    url,
    async close() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    async (answer) => {
      await answer.arrayBuffer();
      return true;
    },
    () => false,
  );
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
