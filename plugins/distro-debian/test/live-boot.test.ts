import { createMemoryIso, recognitionSchema, type Recognition } from '@loopstick/core';
import { expect, test } from 'vitest';

import { recogniseLiveBoot } from '../src/live-boot.ts';

const { signal } = new AbortController();
const GRUB = '/boot/grub/grub.cfg';
const LIVE = { '/live/vmlinuz': '', '/live/initrd.img': '' };
const raw = (files: Readonly<Record<string, string>>, label = 'L') =>
  recogniseLiveBoot(createMemoryIso(label, files), signal);
const recognise = async (...given: Parameters<typeof raw>): Promise<Recognition> =>
  recognitionSchema.parse(await raw(...given));
const first = ({ entries: [entry] }: Recognition) => {
  if (entry?.type !== 'linux') throw new Error('not a linux entry');
  return entry;
};

test('Debian live', async () => {
  const kernel = '/live/vmlinuz-6.1.0-18-amd64';
  const initrd = '/live/initrd.img-6.1.0-18-amd64';
  const found = await recognise({
    [kernel]: '',
    [initrd]: '',
    '/.disk/info': 'Official Debian GNU/Linux Live 12.5.0 gnome 2024-02-10T12:34',
    [GRUB]: `menuentry "Live system" { linux ${kernel} boot=live components quiet splash findiso=\${iso_path} }
menuentry "fail-safe" { linux ${kernel} boot=live components memtest noapic nomodeset }`,
  });
  expect(found).toMatchObject({
    distribution: 'debian',
    version: '12.5.0',
    title: 'Debian 12.5.0 gnome',
    kind: 'live',
  });
  expect(first(found)).toMatchObject({
    kernel,
    initrds: [initrd],
    args: ['boot=live', 'findiso={iso_path}', 'components', 'quiet', 'splash'],
    conditions: { secureBoot: 'signed', dataFilesystem: ['ext4'] },
  });
  expect(found.entries[1]).toMatchObject({ id: 'safe-graphics', args: expect.arrayContaining(['nomodeset']) });
});

test('Debian 13 finds its ISO on exFAT too', async () => {
  const found = await recognise({ ...LIVE, '/.disk/info': 'Official Debian GNU/Linux Live 13.1.0 kde 2025-09-06' });
  expect(first(found).conditions.dataFilesystem).toEqual(['ext4', 'exfat']);
});

test('others keep the arguments that they do not work without', async () => {
  const tails =
    'linux /live/vmlinuz initrd=/live/initrd.img boot=live config live-media=removable nopersistence union=aufs ' +
    'slab_nomerge mce=0 vsyscall=none fromiso=/dev/sda1/x quiet';
  const found = await recognise({ ...LIVE, [GRUB]: tails }, 'TAILS 6.0');
  expect(found).toMatchObject({ title: 'TAILS 6.0', distribution: undefined });
  expect(first(found).args).toEqual([
    ...['boot=live', 'findiso={iso_path}', 'config', 'live-media=removable', 'nopersistence', 'slab_nomerge'],
    ...['mce=0', 'vsyscall=none', 'quiet'],
  ]);
});

test('takes the newest kernel when no menu says which, with its own initrd', async () => {
  const files = Object.fromEntries(
    ['6.1.0-1', '6.1.0-2'].flatMap((version) => [
      [`/live/vmlinuz-${version}-amd64`, ''],
      [`/live/initrd.img-${version}-amd64`, ''],
    ]),
  );
  expect(first(await recognise(files))).toMatchObject({
    kernel: '/live/vmlinuz-6.1.0-2-amd64',
    initrds: ['/live/initrd.img-6.1.0-2-amd64'],
    args: ['boot=live', 'findiso={iso_path}', 'components'],
  });
});

test('knows nothing without a kernel and its initrd', async () => {
  expect(await raw({ '/live/vmlinuz': '' })).toBeUndefined();
  expect(await raw({ '/live/filesystem.squashfs': '' })).toBeUndefined();
});

test('gives valid answers whatever the image says of itself', async () => {
  for (const text of ["\u001b[2J$(x)'\u202e", 'x'.repeat(5000), '"', ' - ', 'Debian GNU/Linux 99.99.99 (x)']) {
    const found = await recognise({ ...LIVE, '/.disk/info': text, [GRUB]: `linux /live/vmlinuz ${text}` }, text);
    expect(found.entries).toHaveLength(2);
  }
});
