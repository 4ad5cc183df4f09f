/** How the command lives and ends as a process: pipes, signals, plugins that misbehave. */
import { mkdir, writeFile } from 'node:fs/promises';

import { fileURLToPath } from 'node:url';

import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createScene, type Scene } from '../harness/scene.ts';
import { defaultCacheDir } from '../inputs/cache.ts';
import { makeTestInputs } from '../inputs/make.ts';

let scene: Scene;
let iso: string;
beforeEach(async () => {
  scene = await createScene();
  iso = (await makeTestInputs({ cacheDir: defaultCacheDir(), only: ['arch-layout'] }))['arch-layout'].path;
});
afterEach(() => scene.remove());

/** Links a plugin with a recipe whose `recognise` has this body. */
async function install(body: string, top = ''): Promise<void> {
  const folder = scene.path('odd');
  await mkdir(folder, { recursive: true });
  const loopstick = { schema: 1, id: 'odd', kinds: ['recipe@1'], engine: '^0.1.0', entry: './index.js' };
  await writeFile(
    `${folder}/package.json`,
    JSON.stringify({ name: 'odd', version: '1.0.0', type: 'module', loopstick }),
  );
  const register = `register(to) { to.recipe({ name: 'odd', async recognise() { ${body} } }); }`;
  await writeFile(`${folder}/index.js`, `${top}\nexport default { id: 'odd', ${register} };`);
  expect(await scene.run(['plugin', 'link', folder, '--trust'])).toMatchObject({ exitCode: 0 });
}

describe('a plugin', () => {
  it('that throws costs its own contribution, and is named', async () => {
    await install("throw new Error('boom');");
    const { exitCode, stderr } = await scene.run(['inspect', iso]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/warning:.*odd.*boom/);
  });

  it('that keeps a timer does not keep the command from ending', async () => {
    await install('setInterval(() => {}, 1000);');
    expect((await scene.run(['inspect', iso])).exitCode).toBe(0);
  });

  it('that ends its process costs its own contribution, and is named', async () => {
    await install('process.exit(0);');
    const { exitCode, stderr } = await scene.run(['inspect', iso]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/warning:.*odd/);
  });

  it('that rejects behind our back costs its own contribution', async () => {
    await install("Promise.reject(new Error('late')); await new Promise((r) => setTimeout(r, 50));");
    const { exitCode, stderr } = await scene.run(['inspect', iso]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning:.*odd/);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('cannot write to the terminal through what it says of itself', async () => {
    await install('return undefined;');
    const file = scene.path('odd/package.json');
    const loopstick = { schema: 1, id: 'odd', kinds: ['recipe@1'], engine: '^0.1.0', entry: './index.js' };
    const description = '\u001b]0;pwn\u0007\nDone: fake';
    await writeFile(file, JSON.stringify({ name: 'odd', version: '1.0.0', description, type: 'module', loopstick }));
    const { stdout } = await scene.run(['plugins']);
    expect(stdout).toContain('odd');
    expect(stdout).not.toMatch(/\u001b|\u0007|^Done/m);
  });
});

describe('output', () => {
  const program = fileURLToPath(new URL('../../../cli/bin/loopstick.js', import.meta.url));

  it('that is cut off by its reader is no error', async () => {
    const script = `"$0" "$1" catalog list --all | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await execa('bash', ['-c', script, process.execPath, program], {
      env: { LOOPSTICK_HOME: scene.home },
    });
    expect(stdout).toMatch(/^IMAGE .*\n0$/);
    expect(stderr).not.toContain('EPIPE');
  });

  it('that cannot be written is one', async () => {
    const script = '"$0" "$1" catalog list > /dev/full';
    const { exitCode } = await execa('bash', ['-c', script, process.execPath, program], { reject: false });
    expect(exitCode).toBe(7);
  });
});
