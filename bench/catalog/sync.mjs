/** What a sync costs that finds nothing new: requests, and processor time beyond the start of the command. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { makeCatalog } from './make.mjs';
import { run, runInTurn } from './run.mjs';

/** A plugin with one source, which asks this server for a catalog of so many images. */
export async function measureSync(program, home, images, rounds) {
  const requests = [];
  const body = JSON.stringify(makeCatalog(images));
  const server = createServer((request, response) => {
    const conditional = request.headers['if-none-match'] === '"1"';
    requests.push(conditional ? 304 : 200);
    response.writeHead(conditional ? 304 : 200, { etag: '"1"', 'content-type': 'application/json' });
    response.end(conditional ? undefined : body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await writePlugin(home, `http://127.0.0.1:${server.address().port}/catalog.json`);
    const options = { env: { LOOPSTICK_HOME: home } };
    const sync = [program, 'catalog', 'sync', '--source', 'bench'];
    await run(sync, options);
    const first = requests.splice(0);
    const [offline, unchanged] = await runInTurn([[...sync, '--offline'], sync], rounds, options);
    return { first, perSync: requests.length / (rounds + 1), statuses: [...new Set(requests)], offline, unchanged };
  } finally {
    server.close();
  }
}

async function writePlugin(home, url) {
  const folder = join(home, 'plugin');
  const files = {
    'package.json': JSON.stringify({
      name: 'plugin-bench',
      version: '1.0.0',
      type: 'module',
      loopstick: {
        schema: 1,
        id: 'bench',
        kinds: ['distro@1'],
        engine: '*',
        entry: './index.js',
        permissions: { hosts: ['127.0.0.1'] },
      },
    }),
    'index.js': `export default { id: 'bench', register(registrar) { registrar.catalogSource({ name: 'bench', layer: 'upstream',
      read: async (request) => JSON.parse(new TextDecoder().decode((await request.fetchFirst(${JSON.stringify(url)})).body)) }) } };`,
  };
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await mkdir(join(home, 'config'), { recursive: true });
  await writeFile(join(home, 'config', 'settings.json'), JSON.stringify({ plugins: { paths: [folder] } }));
}
