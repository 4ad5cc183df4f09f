/** The sync that a command leaves behind in a terminal: a process of its own, which asks a real server. */
import { access, mkdir, readdir, writeFile } from 'node:fs/promises';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { createScene, type Scene } from '../harness/scene.ts';
import { inTerminal } from '../harness/terminal.ts';
import { Stage } from './stage.ts';

const WAIT = { timeout: 60_000, interval: 100 };

let scene: Scene;
let stage: Stage;
beforeEach(async () => {
  scene = await createScene();
  // Of the clock that the command has.
  stage = await Stage.open({}, new Date());
  await mkdir(`${scene.home}/config`, { recursive: true });
  const plugins = await readdir(new URL('../../../plugins', import.meta.url));
  const disabled = plugins.filter((name) => name.startsWith('distro-') && name !== 'distro-memtest86plus');
  await writeFile(`${scene.home}/config/settings.json`, JSON.stringify({ plugins: { disabled } }));
  const root = `${stage.directory}/public/metadata/1.root.json`;
  const trust = await scene.run(['registry', 'trust', 'ours', stage.web.url, '--root', root]);
  expect(trust.exitCode, trust.stderr).toBe(0);
});
afterEach(async () => {
  await stage.close();
  await scene.remove();
});

/** Of all of the catalog that is known without a network. */
async function known(): Promise<string[]> {
  const { stdout } = await scene.run(['catalog', 'list', '--json']);
  return (JSON.parse(stdout) as { distribution: string }[]).map(({ distribution }) => distribution);
}

const list = (CI: '1' | '' = ''): Promise<number | undefined> =>
  inTerminal(['catalog', 'list'], { home: scene.home, cwd: scene.folder, CI }).exitCode;

it('goes on when its command has ended, and the next one has what it read', { timeout: 120_000 }, async () => {
  let answer: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (answer = resolve));
  stage.web.lies.set('/metadata/timestamp.json', (_, response) => {
    void released.then(() => {
      stage.honest();
      response.writeHead(503).end();
    });
  });
  // It ends although the server says nothing.
  expect(await list()).toBe(0);
  await vi.waitFor(() => {
    expect(stage.web.requests).toContainEqual(expect.objectContaining({ path: '/metadata/timestamp.json' }));
  }, WAIT);
  expect(await known()).toEqual([]);
  answer();
  // Noted when it is done; whoever removes its home before that is in its way.
  await vi.waitFor(() => access(`${scene.home}/state/catalog-sync.json`), WAIT);
  await vi.waitFor(() => expect(access(`${scene.home}/state/catalog-sync.lock`)).rejects.toThrow(), WAIT);
  expect(await known()).toEqual(['example']);

  // It is not time yet.
  const asked = stage.web.requests.length;
  expect(await list()).toBe(0);
  expect(stage.web.requests).toHaveLength(asked);
});

it('is not left behind where nobody sits', { timeout: 60_000 }, async () => {
  expect(await list('1')).toBe(0);
  expect(stage.web.requests).toEqual([]);
});
