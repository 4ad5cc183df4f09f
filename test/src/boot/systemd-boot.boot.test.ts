/** A stick with systemd-boot boots by UEFI: its menu is watched by typing, as it knows nothing of watched boots. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createScene, type Scene } from '../harness/scene.ts';
import { defaultCacheDir } from '../inputs/cache.ts';
import { LIVE_ROOT_MARKER } from '../inputs/live-root.ts';
import { makeTestInputs } from '../inputs/make.ts';

interface Check {
  readonly firmware: string;
  readonly entries: readonly { readonly reached: string; readonly tail: readonly string[] }[];
}

let scene: Scene;

beforeAll(async () => {
  scene = await createScene();
  const inputs = await makeTestInputs({ cacheDir: defaultCacheDir(), only: ['debian-mini', 'fedora-42'] });
  const isos = [inputs['debian-mini'].path, inputs['fedora-42'].path];
  const args = ['build', ...isos, '-o', 'stick.img', '--bootloader', 'systemd-boot'];
  const built = await scene.run(args, { unprivileged: true });
  expect(built.exitCode, built.stderr).toBe(0);
});
afterAll(() => scene.remove());

describe('systemd-boot', () => {
  it.each([
    // What the kernel says first: it was started with the initrd from the ESP.
    ['local-debian-mini-install', String.raw`Command line: initrd=\loopstick\1-debian-mini\2-initrd.gz`],
    // What the root filesystem says: the initrd has found the ISO on the stick by its path.
    ['local-fedora-live-42-layout-live', LIVE_ROOT_MARKER],
  ])('starts %s', async (entry, expected) => {
    const args = ['--json', 'boot', 'stick.img', '--check', '--entry', entry, '--expect', expected];
    const { stdout, stderr } = await scene.run(args, { unprivileged: true });
    expect(stdout, stderr).not.toBe('');
    const { firmware, entries } = JSON.parse(stdout) as Check;
    expect(firmware).toBe('uefi-x64');
    expect(entries[0]?.reached, entries[0]?.tail.join('\n')).toBe('userland');
  });
});
