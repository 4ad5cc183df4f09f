/** What a command loads before it answers. Times depend on the machine (see bench/startup.mjs), modules do not. */
import { readdir, readFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createScene, type Scene } from '../harness/scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(() => scene.remove());

/** The modules that a command has loaded: the files that V8's coverage lists, and what is in those that are bundles. */
async function loadedBy(...args: readonly string[]): Promise<string[]> {
  const folder = scene.path('coverage');
  const { exitCode, stderr } = await scene.run(args, { env: { NODE_V8_COVERAGE: folder } });
  expect(exitCode, stderr).toBe(0);
  const reports = await Promise.all((await readdir(folder)).map((name) => readFile(`${folder}/${name}`, 'utf8')));
  const urls = reports.flatMap((text) => (JSON.parse(text) as Coverage).result.map(({ url }) => url));
  return (await Promise.all(urls.map(modulesOf))).flat();
}

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

async function modulesOf(url: string): Promise<string[]> {
  if (!url.includes('/dist/bundle/') || url.includes('/rolldown-runtime')) return [url];
  const { sources } = JSON.parse(await readFile(new URL(`${url}.map`), 'utf8')) as { sources: string[] };
  return sources.map((source) => new URL(source, url).href);
}

describe('to list the catalog', () => {
  it('nothing is loaded that downloads', async () => {
    const files = await loadedBy('catalog', 'list');
    expect(files.some((url) => url.includes('/core/dist/catalog/'))).toBe(true);
    const needless =
      /\/node_modules\/(libsql|undici|got|openpgp|tuf-js|@tufjs)\/|\/download\/(queue\/download-queue|transfer\/transfer)\./;
    expect(files.filter((url) => needless.test(url))).toEqual([]);
  });
});

describe('to print help', () => {
  it('not even the engine is loaded', async () => {
    const files = await loadedBy('--help');
    expect(files.some((url) => url.includes('/cli/dist/'))).toBe(true);
    expect(files.filter((url) => url.includes('/core/dist/'))).toEqual([]);
  });
});
