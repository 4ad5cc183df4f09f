/** docs/registry.md, word for word: from nothing to a registry that is published, trusted, read and kept going. */
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { startLoopstick, type LoopstickResult, type RunningLoopstick } from '../harness/loopstick.ts';
import { createScene, type Scene } from '../harness/scene.ts';

let scene: Scene;
let server: RunningLoopstick | undefined;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => {
  server?.kill('SIGINT');
  await server;
  await scene.remove();
});

/** The commands of the page by their heading, each as its words. */
async function commandsOfThePage(): Promise<Map<string, string[][]>> {
  const page = await readFile(new URL('../../../docs/registry.md', import.meta.url), 'utf8');
  const sections = page.split(/^## /m).map((section): [string, string[][]] => {
    const blocks = [...section.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block);
    const lines = blocks.flatMap((block) => block.trim().split('\n'));
    return [section.split('\n')[0] ?? '', lines.map(wordsOf)];
  });
  // As the page shows it.
  const [, document = ''] = /^```json\n([^]*?)^```/m.exec(page) ?? [];
  await writeFile(scene.path('rescue.json'), document);
  return new Map(sections);
}

function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  expect(words[0]).toBe('loopstick');
  return words.slice(1);
}

async function run(words: readonly string[]): Promise<LoopstickResult> {
  const result = await scene.run(words);
  expect({ words, exitCode: result.exitCode }, result.stderr).toEqual({ words, exitCode: 0 });
  return result;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

/** Runs them all; `serve` is started apart, at a port that is free, of which the others are told. */
async function runAll(commands: readonly string[][], address: string): Promise<LoopstickResult[]> {
  const results: LoopstickResult[] = [];
  for (const words of commands) {
    if (words[1] !== 'serve')
      results.push(await run(words.map((word) => word.replace('http://127.0.0.1:8765', address))));
  }
  return results;
}

it('does what its page says', { timeout: 120_000 }, async () => {
  const sections = await commandsOfThePage();
  expect([...sections].filter(([, commands]) => commands.length > 0).map(([heading]) => heading)).toEqual([
    'Publish one',
    'Read it',
    'Keep it going',
  ]);
  const publishing = await runAll(sections.get('Publish one') ?? [], '');
  expect(publishing.at(-1)?.stdout).toMatch(/^timestamp +1 .* good /m);

  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const serve = ['registry', 'serve', 'ours', '--port', String(port)];
  server = startLoopstick(serve, { home: scene.path('publisher'), cwd: scene.folder });
  await server.says(address);
  const [, , list, images] = await runAll(sections.get('Read it') ?? [], address);
  expect(list?.stdout).toMatch(/^ours .* fresh$/m);
  expect(images?.stdout).toMatch(/our-rescue@1\.0 .* registry /);

  await mkdir(scene.path('vault'));
  for (const name of await readdir(scene.path('ours/keys'))) {
    if (/^(?:root|targets)-/.test(name)) await rename(scene.path(`ours/keys/${name}`), scene.path(`vault/${name}`));
  }
  await runAll(sections.get('Keep it going') ?? [], address);
  expect((await run(['catalog', 'sync', '--source', 'ours'])).exitCode).toBe(0);
  const [here] = JSON.parse((await run(['--json', 'registry', 'list'])).stdout) as [object];
  expect(here).toMatchObject({ fresh: true, catalogs: ['catalog/our-rescue.json'] });

  await run(['registry', 'untrust', 'ours']);
  expect((await scene.run(['--json', 'catalog', 'list', 'our-rescue'])).error?.code).toBe(
    'CATALOG_UNKNOWN_DISTRIBUTION',
  );
});

it('says what is wrong, and writes nothing', async () => {
  await writeFile(scene.path('empty.json'), '{}');
  const cases: [string[], number, string][] = [
    [['status', 'nowhere'], 3, 'REGISTRY_NOT_FOUND'],
    [['init', 'ours', '--refresh', 'often'], 2, 'CLI_BAD_VALUE'],
    [['trust', 'x', 'https://a.example', '--root', 'empty.json'], 4, 'REGISTRY_ROOT_UNUSABLE'],
  ];
  for (const [words, exitCode, code] of cases) {
    const result = await scene.run(['--json', 'registry', ...words]);
    expect({ words, exitCode: result.exitCode, code: result.error?.code }).toEqual({ words, exitCode, code });
  }
  expect((await readdir(scene.folder)).filter((name) => name !== 'home')).toEqual(['empty.json']);
});
