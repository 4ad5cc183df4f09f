import { createMemoryIso, recognitionSchema, type Recognition } from '@loopstick/core';
import { describe, expect, test } from 'vitest';

import { recogniseDracut } from '../src/dracut.ts';

const { signal } = new AbortController();
const PXEBOOT = { '/images/pxeboot/vmlinuz': '', '/images/pxeboot/initrd.img': '' };
const KIWI = { '/boot/x86_64/loader/linux': '', '/boot/x86_64/loader/initrd': '' };
const LIVE = { '/LiveOS/squashfs.img': '' };

const raw = (label: string, files: Readonly<Record<string, string>>, uuid?: string) =>
  recogniseDracut(createMemoryIso(label, files, uuid), signal);
const recognise = async (...given: Parameters<typeof raw>): Promise<Recognition> =>
  recognitionSchema.parse(await raw(...given));
const argsOf = ({ entries }: Recognition, index = 0): string[] => {
  const entry = entries[index];
  return entry?.type === 'linux' ? entry.args : [];
};

describe('live', () => {
  test('Fedora up to 41', async () => {
    const menu = `menuentry 'Start Fedora-Workstation-Live 41' {
	linux /images/pxeboot/vmlinuz root=live:CDLABEL=Fedora-WS-Live-41-1-4  rd.live.image quiet rhgb
	initrd /images/pxeboot/initrd.img
}`;
    const found = await recognise('Fedora-WS-Live-41-1-4', { ...PXEBOOT, ...LIVE, '/EFI/BOOT/grub.cfg': menu });
    expect(found).toMatchObject({
      distribution: 'fedora',
      version: '41',
      title: 'Fedora Workstation 41',
      kind: 'live',
      entries: [
        { id: 'live', kernel: '/images/pxeboot/vmlinuz', conditions: { secureBoot: 'signed' } },
        { id: 'safe-graphics' },
      ],
    });
    expect(argsOf(found)).toEqual([
      ...['root=live:CDLABEL={iso_label}', 'rd.live.image', 'iso-scan/filename={iso_path}', 'quiet', 'rhgb'],
    ]);
    expect(argsOf(found, 1)).toContain('nomodeset');
  });

  test('Fedora from 42 on', async () => {
    const menu = `menuentry "Start" {
    linux ($root)/boot/x86_64/loader/linux \${extra_cmdline} \${isoboot} root=live:CDLABEL=Fedora-KDE-Live-42 rd.live.image rd.live.dir=LiveOS quiet
}
menuentry "Mediacheck" { linux ($root)/boot/x86_64/loader/linux mediacheck=1 \${isoboot} }`;
    const found = await recognise('Fedora-KDE-Live-42', { ...KIWI, ...LIVE, '/boot/grub2/grub.cfg': menu });
    expect(found).toMatchObject({ title: 'Fedora KDE 42', entries: [{ kernel: '/boot/x86_64/loader/linux' }, {}] });
    expect(argsOf(found)).toEqual([
      ...['root=live:CDLABEL={iso_label}', 'rd.live.image', 'iso-scan/filename={iso_path}'],
      ...['rd.live.dir=LiveOS', 'quiet'],
    ]);
  });

  test('has usual arguments when there is no menu to learn from', async () => {
    const found = await recognise('Anything', { ...KIWI, ...LIVE });
    expect(found).toMatchObject({ title: 'Anything', distribution: undefined, kind: 'live' });
    expect(argsOf(found)).toContain('rhgb');
  });

  test('goes by UUID where the label does not come through dracut', async () => {
    const uuid = '2025-02-15-09-16-10-00';
    for (const label of ['A B', 'a/b', "it's", '']) {
      expect(argsOf(await recognise(label, { ...PXEBOOT, ...LIVE }, uuid))[0]).toBe(`root=live:UUID=${uuid}`);
      expect(await raw(label, { ...PXEBOOT, ...LIVE })).toEqual({ rejected: expect.any(String) });
    }
  });
});

describe('installers', () => {
  const menu = (label: string): string => `menuentry 'Test this media' {
  linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=${label} rd.live.check quiet }
menuentry 'Install' { linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=${label} inst.sshd quiet }`;

  test.each([
    ['Fedora-S-dvd-x86_64-41', 'Fedora Server 41', 'fedora'],
    ['Fedora-E-dvd-x86_64-42', 'Fedora Everything 42', 'fedora'],
    ['Fedora-SB-ostree-x86_64-41', 'Fedora Silverblue 41', 'fedora'],
    ['Rocky-9-4-x86_64-dvd', 'Rocky-9-4-x86_64-dvd', undefined],
  ])('%s', async (label, title, distribution) => {
    const files = { ...PXEBOOT, '/images/install.img': '', '/EFI/BOOT/grub.cfg': menu(label) };
    const found = await recognise(label, files);
    expect(found).toMatchObject({ title, distribution, kind: 'installer' });
    expect(found.entries.map(({ id }) => id)).toEqual(['install', 'safe-graphics', 'rescue']);
    expect(argsOf(found)).toEqual([
      ...['inst.stage2=hd:LABEL={iso_label}', 'iso-scan/filename={iso_path}', 'inst.sshd', 'quiet'],
    ]);
  });

  test('of older releases keep their second stage where live systems have their root', async () => {
    const files = { ...PXEBOOT, ...LIVE, '/EFI/BOOT/grub.cfg': menu('CentOS\\x207\\x20x86_64') };
    const found = await recognise('CentOS 7 x86_64', files, '2020-11-04-11-36-43-00');
    expect(found.kind).toBe('installer');
    // The blanks of this label would need escapes, which GRUB does not let through.
    expect(argsOf(found)[0]).toBe('inst.stage2=hd:UUID=2020-11-04-11-36-43-00');
  });
});

test('knows nothing else', async () => {
  expect(await raw('L', PXEBOOT)).toBeUndefined();
  expect(await raw('openSUSE-DVD', KIWI)).toBeUndefined();
  expect(await raw('L', LIVE)).toBeUndefined();
});

test('gives valid answers whatever the image says of itself', async () => {
  for (const text of ["\u001b[2J$(x)'\u202e", 'Fedora-\u0007-Live-1', 'Fedora-WS-Live-42'.repeat(2)]) {
    const files = { ...PXEBOOT, ...LIVE, '/EFI/BOOT/grub.cfg': `linux /images/pxeboot/vmlinuz root=live:x ${text}` };
    expect((await recognise(text, files, '2025-02-15-09-16-10-00')).entries).toHaveLength(2);
  }
});
