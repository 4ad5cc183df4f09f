import { once } from 'node:events';
import { join } from 'node:path';

import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';

import { manifestText, temporaryFolder, writeFiles } from '../engine/support.ts';

const CORE = new URL('../../dist/index.js', import.meta.url).href;

test('a process lives while it waits for a plugin, and no longer', async () => {
  const home = await temporaryFolder();
  await writeFiles(join(home, 'slow'), {
    'package.json': manifestText('slow', { kinds: ['transport@1'] }),
    'index.js': `export default { id: 'slow', register(to) { to.transport({ name: 'slow', schemes: ['slow'], async open({ url }) {
      async function* body() { await new Promise((resolve) => setTimeout(resolve, 300)); yield [Buffer.from('came')]; await new Promise(() => {}); }
      return { start: 0, validators: {}, address: url, digests: {}, body: body() };
    } }); } };`,
  });
  const program = `
    import { createEngine } from '${CORE}';
    const plugins = [{ directory: '${join(home, 'slow')}', trust: 'unsigned' }];
    const engine = await createEngine({ plugins, context: { env: { LOOPSTICK_HOME: '${home}' } } });
    const { body } = await (await engine.transport('slow:x')).open({ url: 'slow:x', start: 0, signal: new AbortController().signal });
    for await (const [chunk] of body) { console.log(String(chunk)); break; }
  `;
  const { stdout, exitCode } = await execa(process.execPath, ['--input-type=module', '-e', program], {
    timeout: 25_000,
  });
  expect({ stdout, exitCode }).toEqual({ stdout: 'came', exitCode: 0 });
});

test('a plugin that spins does not outlive a process that is killed', async () => {
  const home = await temporaryFolder();
  await writeFiles(join(home, 'spins'), {
    'package.json': manifestText('spins', { kinds: ['transport@1'] }),
    'index.js': `export default { id: 'spins', register(to) { to.transport({ name: 'spins', schemes: ['spins'], async open() {
      console.log(process.pid);
      for (;;);
    } }); } };`,
  });
  const program = `
    import { createEngine, createEventBus } from '${CORE}';
    const plugins = [{ directory: '${join(home, 'spins')}', trust: 'unsigned' }];
    const events = createEventBus();
    events.on('warning', ({ message }) => console.log(message));
    const engine = await createEngine({ plugins, events, context: { env: { LOOPSTICK_HOME: '${home}' } } });
    await (await engine.transport('spins:x')).open({ url: 'spins:x', start: 0, signal: new AbortController().signal });
  `;
  const host = execa(process.execPath, ['--input-type=module', '-e', program], { reject: false, timeout: 25_000 });
  const [said] = (await once(host.stdout, 'data')) as [Buffer];
  const pid = Number(/says: (\d+)/.exec(said.toString())?.[1]);
  expect(pid).toBeGreaterThan(0);
  const isThere = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  onTestFinished(() => {
    if (isThere()) process.kill(pid, 'SIGKILL');
  });
  expect(isThere()).toBe(true);
  host.kill('SIGKILL');
  await host;
  await expect.poll(isThere, { timeout: 20_000 }).toBe(false);
});
