/** Sticks with another bootloader than GRUB: one that Loopstick brings, and one of the user's own. */
import { createHash } from 'node:crypto';
import { readFile, mkdir, writeFile } from 'node:fs/promises';

import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { isThere } from '../harness/loopstick.ts';
import { createScene, type Scene } from '../harness/scene.ts';
import { defaultCacheDir } from '../inputs/cache.ts';
import { makeTestInputs, type TestInputs } from '../inputs/make.ts';

interface Manifest {
  readonly bootloader: string;
  readonly firmwares: readonly string[];
  readonly boot: { readonly esp: readonly { readonly path: string; readonly length: number }[] };
  readonly images: readonly { readonly entries: readonly { readonly id: string; readonly firmware?: string[] }[] }[];
}

let inputs: TestInputs<'arch-layout' | 'memtest' | 'debian-mini'>;
let scene: Scene;

beforeAll(async () => {
  inputs = await makeTestInputs({ cacheDir: defaultCacheDir(), only: ['arch-layout', 'memtest', 'debian-mini'] });
}, 300_000);
beforeEach(async () => {
  scene = await createScene();
});
afterEach(() => scene.remove());

const build = (...args: string[]): ReturnType<Scene['run']> => scene.run(['--json', 'build', ...args]);
const digest = async (name: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(scene.path(name)))
    .digest('hex');
/** Codes of the warnings that a command gave. */
const warnings = (stderr: string): unknown[] =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { event?: string; code?: string })
    .flatMap(({ event, code }) => (event === 'warning' ? [code] : []));

// Builds, reads back and verifies sticks: long on a busy machine.
describe('systemd-boot', { timeout: 180_000 }, () => {
  it('starts what it can from kernels on the ESP, which are counted, checked and locked', async () => {
    const isos = [inputs['arch-layout'].path, inputs['debian-mini'].path];
    const lock = ['--lock', 'stick.lock'];
    const built = await build(...isos, '-o', 'a.img', '--bootloader', 'systemd-boot', ...lock);
    expect(built.exitCode, built.stderr).toBe(0);
    // The ISO with a menu for GRUB is on the stick, but not in the menu.
    expect(warnings(built.stderr)).toEqual(['STICK_ENTRY_LEFT_OUT']);
    const { bootloader, firmwares, boot, images } = JSON.parse(built.stdout) as Manifest;
    expect({ bootloader, bios: firmwares.includes('bios') }).toEqual({ bootloader: 'systemd-boot', bios: false });
    expect(images.map(({ entries }) => entries.length > 0)).toEqual([false, true]);
    expect(images[1]?.entries.every(({ firmware }) => firmware?.includes('bios') === false)).toBe(true);
    const kernels = boot.esp.filter(({ path }) => path.startsWith('loopstick/'));
    expect(kernels).toHaveLength(2);
    expect((await scene.run(['stick', 'verify', 'a.img'])).exitCode).toBe(0);

    // The lock knows the bootloader, whatever the settings say, and keeps to it.
    expect((await build(...isos, '-o', 'b.img', ...lock)).exitCode).toBe(0);
    expect(await digest('b.img')).toBe(await digest('a.img'));
    const other = await build(...isos, '-o', 'c.img', '--bootloader', 'grub', ...lock);
    expect({ exitCode: other.exitCode, code: other.error?.code }).toEqual({ exitCode: 5, code: 'STICK_LOCK_DIFFERS' });

    const image = await readFile(scene.path('a.img'));
    // The ESP is the second partition and begins at 2 MiB.
    const at = image.indexOf('HdrS', 2 * 1024 * 1024);
    const damage = ['bs=1', `seek=${at}`, 'conv=notrunc', 'status=none'];
    await execa('dd', [`of=${scene.path('a.img')}`, ...damage], { input: 'h' });
    const damaged = await scene.run(['--json', 'stick', 'verify', 'a.img']);
    expect({ exitCode: damaged.exitCode, code: damaged.error?.code }).toEqual({ exitCode: 5, code: 'STICK_READ_BACK' });
  });

  it('is refused where it can start nothing', async () => {
    expect((await scene.run(['config', 'set', 'stick.bootloader', 'systemd-boot'])).exitCode).toBe(0);
    const { exitCode, error } = await build(inputs['arch-layout'].path, '-o', 'stick.img');
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 4, code: 'STICK_NOTHING_STARTS' });
    expect(await isThere(scene.path('stick.img'))).toBe(false);
  });
});

const MANIFEST = {
  ...{ name: 'my-bootloader', version: '1.0.0', description: 'A bootloader of my own', type: 'module' },
  loopstick: { schema: 1, id: 'my-bootloader', kinds: ['bootloader@1'], engine: '^0.1.0', entry: './index.js' },
};
// It says what it would start, and has the kernels besides.
const CODE = `
export default {
  id: 'my-bootloader',
  register(registrar) {
    registrar.bootloader({
      name: 'mine',
      description: 'Starts nowhere yet',
      plan: async ({ items }) => ({
        firmwares: ['uefi-x64'],
        espFiles: new Map([['menu.txt', new TextEncoder().encode(items.map(({ title }) => title).join())]]),
        bios: undefined,
        isoFiles: items.map(({ isoPath, entry }, index) => ({ isoPath, source: entry.kernel, path: 'kernel-' + index })),
      }),
    });
  },
};
`;

async function addPlugin(tools: readonly object[] = []): Promise<void> {
  const plugin = scene.path('my-bootloader');
  await mkdir(plugin);
  const manifest = { ...MANIFEST, loopstick: { ...MANIFEST.loopstick, tools } };
  await writeFile(scene.path('my-bootloader/package.json'), JSON.stringify(manifest));
  await writeFile(scene.path('my-bootloader/index.js'), CODE);
  expect((await scene.run(['config', 'set', 'plugins.paths', plugin])).exitCode).toBe(0);
}

describe("a plugin's own", { timeout: 120_000 }, () => {
  it('is listed, chosen by its name, and its plan carried out', async () => {
    await addPlugin();
    const listed = JSON.parse((await scene.run(['--json', 'stick', 'bootloaders'])).stdout) as object[];
    expect(listed).toMatchObject([
      { name: 'grub', inUse: true },
      { name: 'mine', plugin: 'my-bootloader', inUse: false },
      { name: 'systemd-boot', inUse: false },
    ]);
    const built = await build(inputs.memtest.path, '-o', 'stick.img', '--bootloader', 'mine');
    expect(built.exitCode, built.stderr).toBe(0);
    const { bootloader, boot } = JSON.parse(built.stdout) as Manifest;
    expect(bootloader).toBe('mine');
    expect(boot.esp.map(({ path }) => path).sort()).toEqual(['kernel-0', 'menu.txt']);
  });

  it('is missed by the doctor only when it is in use', async () => {
    const tool = { name: 'loopstick-no-such-tool', purpose: 'nothing', neededFor: 'build' };
    await addPlugin([{ ...tool, anyOf: [tool.name], packages: {} }]);
    expect((await scene.run(['doctor'])).exitCode).toBe(0);
    const { exitCode, error } = await build(inputs.memtest.path, '-o', 'stick.img', '--bootloader', 'mine');
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 9, code: 'TOOL_MISSING' });
    expect((await scene.run(['config', 'set', 'stick.bootloader', 'mine'])).exitCode).toBe(0);
    expect((await scene.run(['doctor'])).exitCode).toBe(9);
  });

  it('that is not there is refused before anything is looked at', async () => {
    const { exitCode, error } = await build('./no-such.iso', '-o', 'stick.img', '--bootloader', 'lilo');
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 3, code: 'PLUGIN_NOT_FOUND' });
  });
});
