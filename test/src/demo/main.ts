/**
 * The demo: makes real ISOs, serves them from three mirrors with different manners, and runs the very commands that a
 * user would. It needs no internet, and leaves `demo-stick.img` and `demo-menu.png` in the checkout.
 */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { defaultCacheDir } from '../inputs/cache.ts';
import { makeTestInputs, TestInputsError } from '../inputs/make.ts';
import { openMirrors, writeDemoCatalog, type DemoInputs } from './mirrors.ts';
import { createShow, type Show } from './show.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const STICK = 'demo-stick.img';
const PICTURE = 'demo-menu.png';

const began = performance.now();
const stop = new AbortController();
process.once('SIGINT', () => {
  stop.abort(new Error('Stopped on request.'));
});

try {
  await demo(stop.signal);
} catch (error) {
  console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function demo(signal: AbortSignal): Promise<void> {
  const cache = join(repository, '.cache', 'demo');
  const show = createShow({ repository, home: join(cache, 'home'), signal });
  await rm(cache, { recursive: true, force: true });

  show.heading('Real ISOs, made here from Debian packages');
  const inputs = await makeInputs(signal, show);
  show.heading('Three mirrors: one drops the connection half-way, one is slow, one is fast');
  const mirrors = await openMirrors(join(cache, 'www'), inputs);
  try {
    const own = ['--catalog', await writeDemoCatalog(join(cache, 'demo-catalog.json'), mirrors, inputs)];
    const live = inputs['fedora-42'];
    const references = [...(inputs['debian-mini'] === undefined ? [] : ['debian-installer']), 'memtest'];

    show.heading('What a user does');
    await show.run(['doctor']);
    await show.run([...own, 'catalog', 'list', ...references]);
    if (live !== undefined) await show.run(['inspect', live.path]);
    await show.run([
      ...[...own, 'build', ...references, ...(live === undefined ? [] : [live.path])],
      // Nobody signed the demo's own catalog, so its user has to accept that.
      ...['-o', STICK, '--force', '--accept', 'none', '--title', 'Loopstick demo'],
    ]);
    show.line(mirrors.report());
    await show.run(['stick', 'list', STICK]);
    await show.run(['boot', STICK, '--screenshot', PICTURE]);
    await show.run(['boot', STICK, '--check']);
    await show.run(['boot', STICK, '--check', '--uefi', '--entry', ...references]);
  } finally {
    await mirrors.close();
  }

  const { size } = await stat(join(repository, STICK));
  show.heading('Done');
  show.line(`${STICK} (${Math.round(size / 1024 / 1024)} MiB) boots; ${PICTURE} shows its menu.`);
  show.line(`It took ${Math.round((performance.now() - began) / 1000)} s.`);
}

/** Elsewhere than on Debian some packages are missing; Memtest86+ is enough for a stick. */
async function makeInputs(signal: AbortSignal, show: Show): Promise<DemoInputs> {
  try {
    const only = ['memtest', 'debian-mini', 'fedora-42'] as const;
    return await makeTestInputs({ cacheDir: defaultCacheDir(), only, signal, log: show.line });
  } catch (error) {
    if (!(error instanceof TestInputsError) || error.made.memtest === undefined) throw error;
    show.line(`${error.message}\nGoing on without.`);
    return { ...error.made, memtest: error.made.memtest };
  }
}
