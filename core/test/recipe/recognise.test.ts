import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, expect, test } from 'vitest';

import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { IsoContents } from '../../src/recipe/iso.ts';
import { createMemoryIso } from '../../src/recipe/memory-iso.ts';
import { recogniseIso } from '../../src/recipe/recognise.ts';

const { signal } = new AbortController();
const ISO: IsoContents & { file: string } = {
  ...createMemoryIso('LABEL', { '/k': '', '/i': '', '/menu.cfg': '' }),
  file: 'some.iso',
};
const ENTRY = { type: 'linux', id: 'live', title: 'Live', kernel: '/k', initrds: ['/i'], args: ['quiet'] };
const GOOD = { title: 'A system', kind: 'live', entries: [ENTRY] };

const homes: string[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await rm(home, { recursive: true, force: true });
});

/** An engine with one plugin whose recipes give these answers in turn. */
async function engineWith(...answers: unknown[]): Promise<{ engine: Engine; warnings: string[] }> {
  const home = await mkdtemp(join(tmpdir(), 'loopstick-recognise-'));
  homes.push(home);
  const folder = join(home, 'plugin');
  await mkdir(folder);
  const block = { schema: 1, id: 'some-plugin', kinds: ['recipe@1'], engine: '^0.1.0', entry: './index.js' };
  const manifest = { name: 'some-plugin', version: '1.0.0', type: 'module', loopstick: block };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const recipes = answers.map(
    (answer, index) => `r.recipe({ name: 'recipe-${index}', recognise: async () => (${JSON.stringify(answer)}) });`,
  );
  const code = `export default { id: 'some-plugin', register(r) { ${recipes.join('\n')} } };`;
  await writeFile(join(folder, 'index.js'), code);
  const engine = await createEngine({
    context: { env: { ...process.env, LOOPSTICK_HOME: home } },
    plugins: [folder],
  });
  const warnings: string[] = [];
  engine.events.on('warning', (warning) => warnings.push(warning.code));
  return { engine, warnings };
}

test('says what the first recipe recognised, and whose it is', async () => {
  const { engine, warnings } = await engineWith(undefined, GOOD, { ...GOOD, title: 'Too late' });
  const found = await recogniseIso(engine, ISO, signal);
  expect(found).toMatchObject({ pluginId: 'some-plugin', recipe: 'recipe-1', recognition: { title: 'A system' } });
  expect(found.recognition.entries[0]).toMatchObject({ conditions: {}, markers: {} });
  expect(warnings).toEqual([]);
});

test.each([
  ['nothing of the kind', 'yes'],
  ['a number', 7],
  ['null', null],
  ['no entries', { ...GOOD, entries: [] }],
  ['two entries of one id', { ...GOOD, entries: [ENTRY, ENTRY] }],
  ['a kernel that is not there', { ...GOOD, entries: [{ ...ENTRY, kernel: '/none' }] }],
  ['an initrd that is not there', { ...GOOD, entries: [{ ...ENTRY, initrds: ['/i', '/none'] }] }],
  ['a menu that is not there', { ...GOOD, entries: [{ type: 'iso-menu', id: 'm', title: 'M', config: '/none' }] }],
  ['a path out of the ISO', { ...GOOD, entries: [{ ...ENTRY, kernel: '/../k' }] }],
  ['an argument that is two', { ...GOOD, entries: [{ ...ENTRY, args: ['a b'] }] }],
  ['a rejection without a reason', { rejected: '' }],
])('blames the plugin by name for %s', async (_, answer) => {
  const { engine, warnings } = await engineWith(answer);
  await expect(recogniseIso(engine, ISO, signal)).rejects.toMatchObject({
    code: 'PLUGIN_OUTPUT_INVALID',
    pluginId: 'some-plugin',
  });
  expect(warnings).toEqual(['PLUGIN_OUTPUT_INVALID']);
});

test('goes on with the next recipe after a bad answer', async () => {
  const { engine, warnings } = await engineWith({ title: 7 }, GOOD);
  expect(await recogniseIso(engine, ISO, signal)).toMatchObject({ recipe: 'recipe-1' });
  expect(warnings).toEqual(['PLUGIN_OUTPUT_INVALID']);
});

test('gives the reasons of those who knew it but cannot boot it', async () => {
  const { engine, warnings } = await engineWith({ rejected: 'it looks for\u001b a disc' }, undefined);
  const failed = recogniseIso(engine, ISO, signal);
  await expect(failed).rejects.toMatchObject({ code: 'RECIPE_NONE', message: expect.stringContaining('a disc') });
  await expect(failed).rejects.toMatchObject({ message: expect.not.stringContaining('\u001b') });
  expect(warnings).toEqual([]);
});

test('lets another recipe have what one rejects', async () => {
  const { engine } = await engineWith({ rejected: 'not me' }, GOOD);
  expect(await recogniseIso(engine, ISO, signal)).toMatchObject({ recipe: 'recipe-1' });
});

test('knows nothing without recipes', async () => {
  const { engine } = await engineWith();
  await expect(recogniseIso(engine, ISO, signal)).rejects.toMatchObject({ code: 'RECIPE_NONE' });
});

test('ends when asked to', async () => {
  const { engine } = await engineWith();
  const stop = new AbortController();
  engine.own.recipe({
    name: 'slow',
    recognise: async (_: IsoContents, request) => {
      stop.abort(new Error('stopped'));
      return new Promise((_resolve, reject) => {
        request.signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    },
  });
  await expect(recogniseIso(engine, ISO, stop.signal)).rejects.toThrow('stopped');
});
