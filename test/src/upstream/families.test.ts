import { fileURLToPath } from 'node:url';

import { createMemoryIso } from '@loopstick/core';
import { expect, test } from 'vitest';

import { recognisedBy } from './index.ts';

/**
 * Distributions whose documents have no recipe, because that of a family knows their ISOs. The files and menus are those
 * that their images have, as far as a recipe looks.
 */
const plugin = (name: string): string => fileURLToPath(new URL(`../../../plugins/${name}`, import.meta.url));

const LIVE_BOOT = { '/live/vmlinuz': '', '/live/initrd.img': '', '/live/filesystem.squashfs': '' };
const menu = (title: string, args: string): string =>
  `menuentry "${title}" --id live-default {
  search --set -f /live/vmlinuz
  $linux_cmd /live/vmlinuz boot=live union=overlay username=user config components quiet ${args}
  $initrd_cmd /live/initrd.img
}
`;

test.each([
  [
    'Clonezilla',
    menu(
      'Clonezilla live',
      'noswap edd=on enforcing=0 locales= keyboard-layouts= ocs_live_run="ocs-live-general" ocs_live_batch="no"',
    ),
    'ocs_live_run=ocs-live-general',
  ],
  ['GParted-live', menu('GParted Live (Default settings)', 'noswap ip= net.ifnames=0 nosplash'), 'username=user'],
])('%s is started as live-boot does it, with what its own menu says', async (label, grub, needed) => {
  const iso = createMemoryIso(label, { ...LIVE_BOOT, '/boot/grub/grub.cfg': grub });
  const { recognition, entries } = await recognisedBy(plugin('distro-debian'), iso);
  expect(recognition).toMatchObject({ kind: 'live' });
  expect(entries[0]?.args).toEqual(
    expect.arrayContaining(['boot=live', 'findiso={iso_path}', 'union=overlay', 'config', needed]),
  );
});

test.each([
  ['Rocky-10-1-x86_64-dvd', { '/images/install.img': '' }, 'installer', 'inst.stage2=hd:LABEL={iso_label}'],
  ['AlmaLinux-10-1-x86_64-dvd', { '/images/install.img': '' }, 'installer', 'inst.stage2=hd:LABEL={iso_label}'],
  ['Rocky-10-1-KDE', { '/LiveOS/squashfs.img': '' }, 'live', 'root=live:CDLABEL={iso_label}'],
])('%s is started as Fedora is', async (label, files, kind, needed) => {
  const pxeboot = { '/images/pxeboot/vmlinuz': '', '/images/pxeboot/initrd.img': '' };
  const { recognition, entries } = await recognisedBy(
    plugin('distro-fedora'),
    createMemoryIso(label, { ...pxeboot, ...files }),
  );
  expect(recognition).toMatchObject({ kind });
  expect(entries[0]?.args).toEqual(expect.arrayContaining([needed, 'iso-scan/filename={iso_path}']));
});
