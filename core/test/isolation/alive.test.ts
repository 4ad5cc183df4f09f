import { join } from 'node:path';

import { execa } from 'execa';
import { expect, test } from 'vitest';

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
