import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createEngine, openIso, recogniseIso, type Engine, type RecognisedIso } from '@loopstick/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { makeIso, type IsoTree } from '../iso-tree.ts';

const PLUGINS = ['distro-ubuntu', 'distro-fedora', 'distro-debian', 'distro-memtest86plus', 'recipe-loopback-cfg'];
const { signal } = new AbortController();
let folder = '';
let engine: Engine;
const warnings: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-recipes-'));
  engine = await createEngine({
    context: { env: { ...process.env, LOOPSTICK_HOME: join(folder, 'home') } },
    plugins: PLUGINS.map((name) => fileURLToPath(new URL(`../../../plugins/${name}`, import.meta.url))),
  });
  engine.events.on('warning', ({ code }) => warnings.push(code));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  expect(warnings).toEqual([]);
});

let made = 0;
async function recognise(label: string, files: IsoTree): Promise<RecognisedIso> {
  // The name says the opposite of what is inside, so that nobody can go by it.
  const file = await makeIso({ label, files }, join(folder, `memtest-debian-ubuntu-fedora-${++made}.iso`));
  const iso = await openIso(file, { runner: engine.context.runner, signal });
  return recogniseIso(engine, iso, signal);
}

// GRUB fills in its variable.
const FINDISO = `findiso=\${iso_path}`;

describe('a real ISO', () => {
  test('of Ubuntu is for the casper recipe, also when its own menu is sound', async () => {
    const menu = `linux /casper/vmlinuz iso-scan/filename=\${iso_path} --- quiet splash`;
    const files = { 'casper/vmlinuz': 'k', 'casper/initrd': 'i', 'boot/grub/loopback.cfg': menu };
    expect(await recognise('Ubuntu 24.04.2 LTS amd64', files)).toMatchObject({
      pluginId: 'distro-ubuntu',
      recognition: { entries: [{ id: 'live', args: expect.arrayContaining(['splash']) }, {}] },
    });
  });

  test('of Fedora, in both layouts', async () => {
    const live = { 'LiveOS/squashfs.img': 's' };
    const old = { ...live, 'images/pxeboot/vmlinuz': 'k', 'images/pxeboot/initrd.img': 'i' };
    expect(await recognise('Fedora-WS-Live-41-1-4', old)).toMatchObject({ recognition: { version: '41' } });
    const recent = { ...live, 'boot/x86_64/loader/linux': 'k', 'boot/x86_64/loader/initrd': 'i' };
    expect(await recognise('Fedora-WS-Live-42', recent)).toMatchObject({ recognition: { version: '42' } });
    // Without a label that comes through dracut the volume's date is what is left.
    const [entry] = (await recognise('My Remix', recent)).recognition.entries;
    expect(entry).toMatchObject({
      args: expect.arrayContaining([expect.stringMatching(/^root=live:UUID=[\d-]{22}$/)]),
    });
  });

  test('of Debian: live, network installer, and the DVD that cannot', async () => {
    const live = { 'live/vmlinuz-6.1.0-1-amd64': 'k', 'live/initrd.img-6.1.0-1-amd64': 'i' };
    expect(await recognise('d-live', live)).toMatchObject({ recipe: 'live-boot' });
    const mini = { linux: 'k', 'initrd.gz': 'i', 'boot/grub/grub.cfg': 'linux /linux priority=low ---' };
    expect(await recognise('ISOIMAGE', mini)).toMatchObject({ recipe: 'debian-installer' });
    await expect(recognise('Debian 12 amd64 n', { 'install.amd/vmlinuz': 'k' })).rejects.toMatchObject({
      code: 'RECIPE_NONE',
      message: expect.stringContaining('looks for a disc'),
    });
  });

  test('of Memtest86+', async () => {
    const files = { 'EFI/BOOT/bootx64.efi': 'e', 'boot/floppy.img': 'f' };
    expect(await recognise('MT86PLUS_64', files)).toMatchObject({ recipe: 'memtest86plus' });
  });

  test('of anybody with a sound menu of its own', async () => {
    const files = {
      'arch/boot/vmlinuz': 'k',
      'boot/grub2/loopback.cfg': 'source ($root)/boot/grub2/grub.cfg',
      'boot/grub2/grub.cfg': `isoboot="${FINDISO}"\nmenuentry a { linux /arch/boot/vmlinuz $isoboot }`,
    };
    expect(await recognise('ARCH_202511', files)).toMatchObject({
      recipe: 'loopback-cfg',
      recognition: { entries: [{ type: 'iso-menu', config: '/boot/grub2/loopback.cfg' }] },
    });
  });

  test('of nobody is refused with the reason', async () => {
    await expect(recognise('DATA', { 'readme.txt': 'x' })).rejects.toMatchObject({ code: 'RECIPE_NONE' });
    await expect(recognise('BAD', { k: '', 'boot/grub/loopback.cfg': 'linux /k quiet' })).rejects.toMatchObject({
      code: 'RECIPE_NONE',
      message: expect.stringContaining('where the ISO is'),
    });
  });
});

describe('a hostile ISO', () => {
  test('with odd names gives no entry that names them', async () => {
    const names = ["casper'x/vmlinuz", 'casper\n/vmlinuz', 'casper$(reboot)/vmlinuz', '\u001b[2J/vmlinuz'];
    const files = Object.fromEntries(
      names.flatMap((name) => [
        [name, 'k'],
        [name.replace('vmlinuz', 'initrd'), 'i'],
      ]),
    );
    const found = await recognise('ODD', { ...files, 'casper/vmlinuz': 'k', 'casper/initrd': 'i' }).catch(
      (error: unknown) => error,
    );
    expect(found).toMatchObject({ recognition: { entries: [{ kernel: '/casper/vmlinuz' }, {}] } });
  });

  test('with menus that read each other, or that have no end, is refused', async () => {
    const loop = {
      'boot/grub/loopback.cfg': 'source /boot/grub/a.cfg',
      'boot/grub/a.cfg': 'source /boot/grub/loopback.cfg',
    };
    await expect(recognise('LOOP', loop)).rejects.toMatchObject({ code: 'RECIPE_NONE' });
    const large = { 'boot/grub/loopback.cfg': `linux /k ${FINDISO}\n`.repeat(400_000), k: '' };
    await expect(recognise('LARGE', large)).rejects.toMatchObject({ code: 'RECIPE_NONE' });
  });
});
