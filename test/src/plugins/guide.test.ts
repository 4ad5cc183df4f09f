/** docs/writing-plugins.md, followed word for word: every command of its `sh` blocks, in their order. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';

import { startLoopstick } from '../harness/loopstick.ts';
import { createScene } from '../harness/scene.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const PORT = '8765';

/** What stands for npm: the packages of this repository are not published, so they are linked in place of installed. */
const NPM = `#!/bin/sh
if [ "$1" = install ]; then exec ln -s "${REPOSITORY}node_modules" node_modules; fi
exec node --test
`;
const LOOPSTICK = `#!/bin/sh
exec node "${REPOSITORY}cli/bin/loopstick.js" "$@"
`;

it('leads from nothing to a plugin that others have installed', async () => {
  const scene = await createScene();
  onTestFinished(() => scene.remove());
  await mkdir(scene.path('bin'));
  for (const [name, script] of Object.entries({ npm: NPM, loopstick: LOOPSTICK })) {
    await writeFile(scene.path(`bin/${name}`), script);
    await chmod(scene.path(`bin/${name}`), 0o755);
  }
  const guide = await readFile(`${REPOSITORY}docs/writing-plugins.md`, 'utf8');
  const blocks = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands);
  expect(blocks.length).toBeGreaterThan(3);
  const port = String(await freePort());
  const env = {
    ...{ PATH: [scene.path('bin'), process.env['PATH']].join(delimiter), HOME: scene.folder, NO_COLOR: '1' },
    LOOPSTICK_HOME: scene.home,
  };

  let cwd = scene.folder;
  let shown = '';
  for (const block of blocks) {
    const script = block.replaceAll(PORT, port);
    if (script.startsWith('loopstick registry serve')) {
      const server = startLoopstick(script.trim().split(' ').slice(1), { home: scene.home, cwd });
      onTestFinished(async () => {
        server.kill('SIGTERM');
        await server;
      });
      await server.says(port);
      continue;
    }
    const result = await execa('sh', ['-ec', `${script}\npwd`], { cwd, env, extendEnv: false, reject: false });
    expect(result.exitCode, `${script}\n${result.stdout}\n${result.stderr}`).toBe(0);
    shown += result.stdout;
    cwd = result.stdout.trimEnd().split('\n').at(-1) ?? cwd;
  }
  expect(shown).toMatch(/^Packed: distro-example-0\.1\.0\.tgz/m);
  expect(shown).toMatch(/^Installed: distro-example 0\.1\.0/m);
}, 90_000);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
