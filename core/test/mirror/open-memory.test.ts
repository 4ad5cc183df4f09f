import { mkdir, readdir } from 'node:fs/promises';

import { expect, it } from 'vitest';

import { openState, stateFile } from '../../src/download/queue/open-store.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { LoopstickError } from '../../src/engine/errors.ts';
import { openMirrorMemory } from '../../src/mirror/open-memory.ts';
import { listedImage } from '../../src/mirror/listed-image.ts';
import { temporaryFolder } from '../engine/support.ts';

async function newEngine(): Promise<{ engine: Engine; warnings: LoopstickError[] }> {
  const engine = await createEngine({ context: { env: { LOOPSTICK_HOME: await temporaryFolder() } } });
  const warnings: LoopstickError[] = [];
  engine.events.on('warning', (warning) => warnings.push(warning));
  return { engine, warnings };
}

it('is made only for those who have something to remember', async () => {
  const { engine, warnings } = await newEngine();
  const reader = await openMirrorMemory(engine);
  expect([reader.list(), reader.recall('http://a'), reader.forget()]).toEqual([[], undefined, 0]);
  reader.close();
  await expect(readdir(engine.context.paths.state)).rejects.toMatchObject({ code: 'ENOENT' });
  const writer = await openMirrorMemory(engine, { create: true });
  writer.learn('http://a', { outcome: 'success' });
  writer.close();
  const again = await openMirrorMemory(engine);
  expect(again.recall('http://a')).toBeDefined();
  again.close();
  expect(warnings).toEqual([]);
});

it('forgets what the downloads know of a mirror as well', async () => {
  const { engine } = await newEngine();
  const memory = await openMirrorMemory(engine, { create: true });
  const database = await openState(engine);
  for (const name of ['http://a', 'http://b']) {
    memory.learn(name, { outcome: 'success' });
    database.write((run) => run('INSERT INTO hosts (name, updated_at, bytes, ms) VALUES (?, 1, 1, 1)', name));
  }
  const hosts = (): unknown[] => database.all('SELECT name FROM hosts');
  expect(memory.forget('http://a')).toBe(1);
  expect(hosts()).toEqual([{ name: 'http://b' }]);
  expect(memory.forget()).toBe(1);
  expect(hosts()).toEqual([]);
  memory.close();
  database.close();
});

it('that cannot be used is a warning, or an error for those who need it', async () => {
  const { engine, warnings } = await newEngine();
  await mkdir(stateFile(engine), { recursive: true });
  const memory = await openMirrorMemory(engine, { create: true });
  memory.learn('http://a', { outcome: 'success' });
  expect(memory.list()).toEqual([]);
  expect(warnings).toMatchObject([{ code: 'MIRROR_MEMORY_UNUSABLE' }]);
  await expect(openMirrorMemory(engine, { needed: true })).rejects.toMatchObject({
    ...{ code: 'MIRROR_MEMORY_UNREADABLE', category: 'system' },
  });
});

it('that another program holds says so', async () => {
  const { engine } = await newEngine();
  const memory = await openMirrorMemory(engine, { create: true });
  const other = await openState(engine);
  const busy = expect.objectContaining({ code: 'MIRROR_MEMORY_BUSY', category: 'system' });
  other.write(() => {
    expect(() => memory.forget()).toThrow(busy);
  });
  expect(memory.forget()).toBe(0);
  other.close();
  memory.close();
});

it('an image has its parts from its id, if it is one of the catalog', () => {
  const image = { file: 'x.iso', urls: ['http://a/x.iso'] };
  expect(listedImage({ id: 'ubuntu/24.04/desktop/x86_64', ...image })).toEqual({
    ...{ id: 'ubuntu/24.04/desktop/x86_64', distribution: 'ubuntu', version: '24.04', variant: 'desktop' },
    ...{ arch: 'x86_64', ...image },
  });
  for (const id of ['x.iso', 'a/b/c', 'a/b/c/d/e', '']) expect(listedImage({ id, ...image })).toBeUndefined();
});
