/** What a sync costs that finds nothing new: requests, and processor time beyond the start of the command. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { run, runInTurn } from '../processes/run.mjs';

const HOST = 'bench.example';
const SOURCE = 'upstream:distro-bench';

/** A distribution as a document describes it, with one list of checksums of so many images, which this server has. */
export async function measureSync(program, home, images, rounds) {
  const requests = [];
  const body = checksums(images);
  const server = createServer((request, response) => {
    const conditional = request.headers['if-none-match'] === '"1"';
    requests.push(conditional ? 304 : 200);
    response.writeHead(conditional ? 304 : 200, { etag: '"1"', 'content-type': 'text/plain' });
    response.end(conditional ? undefined : body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await writePlugin(home, `http://127.0.0.1:${server.address().port}`);
    const options = { env: { LOOPSTICK_HOME: home } };
    const sync = [program, 'catalog', 'sync', '--source', SOURCE];
    await run(sync, options);
    const first = requests.splice(0);
    const [offline, unchanged] = await runInTurn([[...sync, '--offline'], sync], rounds, options);
    return { first, perSync: requests.length / (rounds + 1), statuses: [...new Set(requests)], offline, unchanged };
  } finally {
    server.close();
  }
}

function checksums(images) {
  const line = (_, at) => `${createHash('sha256').update(String(at)).digest('hex')}  bench-${at}-live-amd64.iso\n`;
  return Array.from({ length: images }, line).join('');
}

async function writePlugin(home, server) {
  const folder = join(home, 'plugin');
  const files = {
    'package.json': {
      name: 'plugin-bench',
      version: '1.0.0',
      type: 'module',
      loopstick: {
        schema: 1,
        id: 'distro-bench',
        kinds: ['distro@1'],
        engine: '*',
        contributes: { distribution: './distribution.json' },
        permissions: { hosts: [HOST] },
      },
    },
    'distribution.json': {
      schema: { major: 1, minor: 0 },
      distribution: { id: 'bench', name: 'Bench', homepage: `https://${HOST}/`, summary: 'For measuring.' },
      releases: [{ version: '*', title: 'Bench {version}' }],
      lists: [
        {
          name: 'Images',
          checksums: { url: `https://${HOST}/SHA256SUMS` },
          images: [{ file: 'bench-{version:version}-live-amd64.iso', variant: 'live', arch: 'x86_64', kind: 'live' }],
          mirrors: [`https://${HOST}/{file}`],
        },
      ],
    },
  };
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
  await mkdir(join(home, 'config'), { recursive: true });
  const settings = { plugins: { paths: [folder] }, catalog: { origins: { [HOST]: server } } };
  await writeFile(join(home, 'config', 'settings.json'), JSON.stringify(settings));
}
