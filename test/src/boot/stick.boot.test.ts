/** The stick that a user gets, built without rights, boots in QEMU: every entry, by BIOS and by UEFI. */
import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createScene, type Scene } from '../harness/scene.ts';
import { defaultCacheDir } from '../inputs/cache.ts';
import { LIVE_ROOT_MARKER } from '../inputs/live-root.ts';
import { makeTestInputs } from '../inputs/make.ts';

interface Check {
  readonly ok: boolean;
  readonly entries: readonly {
    readonly id: string;
    readonly title: string;
    readonly reached?: string;
    readonly ok?: boolean;
    readonly skipped?: string;
    readonly listed?: readonly string[];
    readonly tail?: readonly string[];
  }[];
}

let scene: Scene;
let ids: readonly string[];

const id = (part: string): string => {
  const found = ids.find((each) => each.includes(part));
  if (found === undefined) throw new Error(`the stick has no entry with ${part}: ${ids.join(', ')}`);
  return found;
};
const check = async (...args: string[]): Promise<Check> => {
  const { stdout, stderr } = await scene.run(['--json', 'boot', 'stick.img', '--check', ...args], {
    unprivileged: true,
  });
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout) as Check;
};
/** The one entry that was checked, in a form whose failure shows what the console said. */
const reached = ({ entries: [entry] }: Check): string =>
  `${entry?.reached ?? ''}${entry?.ok === true ? '' : `: ${entry?.tail?.join('\n') ?? ''}`}`;

beforeAll(async () => {
  scene = await createScene();
  const inputs = await makeTestInputs({
    cacheDir: defaultCacheDir(),
    only: ['debian-mini', 'memtest', 'fedora-41', 'fedora-42', 'arch-layout'],
  });
  const isos = Object.values(inputs).map(({ path }) => path);
  const built = await scene.run(['--json', 'build', ...isos, '-o', 'stick.img'], { unprivileged: true });
  expect(built.exitCode, built.stderr).toBe(0);
  const { images } = JSON.parse(built.stdout) as { images: { entries: { id: string }[] }[] };
  ids = images.flatMap(({ entries }) => entries.map((entry) => entry.id));
});
afterAll(() => scene.remove());

describe.each([
  ['BIOS', []],
  ['UEFI', ['--uefi']],
])('by %s', (_, firmware) => {
  it('the menu lists all images, and the Debian installer reaches its userland', async () => {
    const result = await check(...firmware, '--entry', id('debian-mini-install'));
    expect(reached(result)).toBe('userland');
    expect(result.entries[0]?.listed).toEqual(ids);
    expect(result.entries[0]?.tail?.join('\n')).toContain('Starting system log daemon');
  });

  it("a Fedora-layout live ISO boots through Fedora's recipe to what its init prints", async () => {
    const result = await check(...firmware, '--entry', id('fedora-live-42-layout-live'), '--expect', LIVE_ROOT_MARKER);
    expect(reached(result)).toBe('userland');
    expect(result.entries[0]?.tail?.join('\n')).toContain(LIVE_ROOT_MARKER);
  });

  it('Memtest86+ runs', async () => {
    expect(reached(await check(...firmware, '--entry', id('memtest')))).toBe('userland');
  });
});

it('the layout of Fedora up to 41 boots as well', async () => {
  const result = await check('--entry', id('fedora-live-41-layout-live'), '--expect', LIVE_ROOT_MARKER);
  expect(reached(result)).toBe('userland');
});

it("an ISO's own menu takes over", async () => {
  expect(reached(await check('--entry', id('arch-layout')))).toBe('menu');
});

it('an entry that does not come as far as it should fails the check', async () => {
  const { exitCode, stdout } = await scene.run([
    ...['--json', 'boot', 'stick.img', '--check', '--entry', id('memtest')],
    ...['--expect', 'a text that never comes', '--timeout', '20'],
  ]);
  expect(exitCode).toBe(12);
  expect((JSON.parse(stdout) as Check).ok).toBe(false);
});

it('a picture of the menu can be saved', async () => {
  const { exitCode, stderr } = await scene.run(['boot', 'stick.img', '--screenshot', 'menu.png']);
  expect(exitCode, stderr).toBe(0);
  const png = await readFile(scene.path('menu.png'));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  // The graphical menu, not the text screen of the firmware (720x400).
  expect(png.readUInt32BE(16)).toBe(1024);
});
