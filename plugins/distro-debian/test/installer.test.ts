import { createMemoryIso, recognitionSchema } from '@loopstick/core';
import { expect, test } from 'vitest';

import { recogniseInstaller } from '../src/installer.ts';

const { signal } = new AbortController();
const recognise = (files: Readonly<Record<string, string>>) =>
  recogniseInstaller(createMemoryIso('ISOIMAGE', files), signal);

const MENU = `menuentry 'Install' {
    linux    /linux vga=788 --- quiet
    initrd   /initrd.gz
}
submenu 'Advanced options ...' {
    menuentry '... Expert install' { linux /linux priority=low vga=788 --- }
    menuentry '... Rescue mode' { linux /linux vga=788 rescue/enable=true --- quiet }
}`;
const MINI = { '/linux': '', '/initrd.gz': '', '/boot/grub/grub.cfg': MENU };

test('the network installer boots without its ISO', async () => {
  const info = 'Debian GNU/Linux 12 (bookworm) amd64 - netboot mini.iso 20230607+deb12u15\n';
  for (const path of ['/.disk/info', '/.disk/mini-info']) {
    expect(recognitionSchema.parse(await recognise({ ...MINI, [path]: info }))).toMatchObject({
      distribution: 'debian',
      version: '12',
      title: 'Debian 12 (bookworm) network installer',
      kind: 'installer',
      entries: [
        {
          id: 'install',
          kernel: '/linux',
          initrds: ['/initrd.gz'],
          args: ['---', 'quiet'],
          markers: { userland: ['Starting system log daemon'] },
        },
        { id: 'expert' },
        { id: 'rescue', args: ['rescue/enable=true', '---', 'quiet'] },
      ],
    });
  }
});

test('is Debian only when it says so', async () => {
  const found = recognitionSchema.parse(await recognise(MINI));
  expect(found.distribution).toBeUndefined();
  expect(found.entries[0]?.conditions.secureBoot).toBeUndefined();
});

test('a kernel at that place alone is not the installer', async () => {
  expect(await recognise({ '/linux': '', '/initrd.gz': '' })).toBeUndefined();
  expect(await recognise({ ...MINI, '/boot/grub/grub.cfg': 'linux /linux quiet' })).toBeUndefined();
});

test.each(['/install.amd/vmlinuz', '/install.386/vmlinuz', '/install.a64/vmlinuz'])(
  'a CD or DVD with %s is refused with the reason',
  async (kernel) => {
    expect(await recognise({ [kernel]: '' })).toEqual({ rejected: expect.stringContaining('mini.iso') });
  },
);

test('knows nothing else', async () => {
  expect(await recognise({ '/casper/vmlinuz': '' })).toBeUndefined();
});
