import { execFileSync } from 'node:child_process';
import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { addContent, removeContent } from '../../src/publish/content.ts';
import { serveRegistry } from '../../src/publish/serve.ts';
import { publishRegistry } from '../../src/publish/publish.ts';
import { usePlace } from './support.ts';

const place = usePlace();

it.each([
  ['{"schema": {"major": 1, "minor": 0}, "distributions": [{"id": "UP"}]}', 'CATALOG_MALFORMED'],
  ['{"schema": {"major": 2, "minor": 0}, "distributions": []}', 'CATALOG_SCHEMA_UNSUPPORTED'],
  ['{"schema": ', 'CATALOG_MALFORMED'],
  ['"a"', 'CATALOG_MALFORMED'],
])('takes no document that readers would refuse: %s', async (text, code) => {
  await place.init();
  const file = join(place.folder, 'own.json');
  await writeFile(file, text);
  await expect(addContent(place.directory, file, place.context)).rejects.toMatchObject({ code });
  expect(await readdir(join(place.directory, 'content'))).toEqual([]);
});

it('takes files that are there, and waits for no pipe', async () => {
  await place.init();
  const missing = addContent(place.directory, join(place.folder, 'none.json'), place.context);
  await expect(missing).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  const pipe = join(place.folder, 'pipe.json');
  execFileSync('mkfifo', [pipe]);
  const waiting = addContent(place.directory, pipe, place.context);
  await expect(waiting).rejects.toMatchObject({ code: 'CATALOG_FILE_UNREADABLE' });
});

it('takes an image into one document only', async () => {
  await place.init();
  await place.add('one', 'same');
  await expect(place.add('two', 'same')).rejects.toMatchObject({ code: 'REGISTRY_CONFLICT' });
  await place.add('one', 'same');
});

it('knows documents by their names', async () => {
  await place.init();
  await place.add('one');
  const file = join(place.folder, 'one.json');
  const named = addContent(place.directory, file, { ...place.context, name: '../up' });
  await expect(named).rejects.toMatchObject({ code: 'REGISTRY_BAD_NAME' });
  await expect(removeContent(place.directory, '../registry')).rejects.toMatchObject({
    code: 'REGISTRY_NO_SUCH_CONTENT',
  });
  expect(await removeContent(place.directory, 'one')).toEqual({ target: 'catalog/one.json' });
  await expect(removeContent(place.directory, 'one')).rejects.toMatchObject({ code: 'REGISTRY_NO_SUCH_CONTENT' });
});

it('is served as it is, and nothing beside it', async () => {
  await place.init();
  await publishRegistry(place.directory, {}, place.context);
  await symlink(join(place.directory, 'keys'), join(place.directory, 'public/.keys'));
  const server = await serveRegistry(place.directory, 0);
  try {
    const status = async (path: string, init?: RequestInit): Promise<number> =>
      (await fetch(`${server.url}${path}`, init)).status;
    const answer = await fetch(`${server.url}/metadata/timestamp.json`);
    expect(await answer.json()).toMatchObject({ signed: { version: 1 } });
    const headers = { 'if-none-match': answer.headers.get('etag') ?? '' };
    expect(await status('/metadata/timestamp.json', { headers })).toBe(304);
    expect(await status('/metadata/timestamp.json', { method: 'POST' })).toBe(405);
    const [key = ''] = await readdir(join(place.directory, 'keys'));
    for (const path of ['/', '/metadata', '/metadata/9.root.json', '/%2e%2e/registry.json', `/.keys/${key}`]) {
      expect([path, await status(path)]).toEqual([path, 404]);
    }
  } finally {
    await server.close();
  }
});
