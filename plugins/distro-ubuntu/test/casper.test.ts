import { createMemoryIso, recognitionSchema, type Recognition } from '@loopstick/core';
import { describe, expect, test } from 'vitest';

import { recogniseCasper } from '../src/casper.ts';

const { signal } = new AbortController();
const CASPER = { '/casper/vmlinuz': '', '/casper/initrd': '' };
const GRUB = '/boot/grub/grub.cfg';

async function recognise(files: Readonly<Record<string, string>>, label = 'LABEL'): Promise<Recognition | undefined> {
  const found = await recogniseCasper(createMemoryIso(label, files), signal);
  return found === undefined ? undefined : recognitionSchema.parse(found);
}

const argsOf = (found: Recognition | undefined, index = 0): string[] => {
  const entry = found?.entries[index];
  return entry?.type === 'linux' ? entry.args : [];
};

describe('Ubuntu', () => {
  test('desktop', async () => {
    const found = await recognise({
      ...CASPER,
      '/.disk/info': 'Ubuntu 24.04.2 LTS "Noble Numbat" - Release amd64 (20250215)',
      [GRUB]: 'menuentry "Try or Install Ubuntu" {\n set gfxpayload=keep\n linux\t/casper/vmlinuz  --- quiet splash\n}',
    });
    expect(found).toMatchObject({
      distribution: 'ubuntu',
      version: '24.04.2',
      title: 'Ubuntu 24.04.2 LTS',
      kind: 'live',
      entries: [
        {
          id: 'live',
          title: 'Ubuntu 24.04.2 LTS (try or install)',
          kernel: '/casper/vmlinuz',
          initrds: ['/casper/initrd'],
          conditions: { secureBoot: 'signed', dataFilesystem: ['ext4'] },
        },
        { id: 'safe-graphics' },
      ],
    });
    const find = ['boot=casper', 'iso-scan/filename={iso_path}', 'fsck.mode=skip'];
    expect(argsOf(found)).toEqual([...find, '---', 'quiet', 'splash']);
    expect(argsOf(found, 1)).toEqual([...find, 'nomodeset', '---', 'quiet', 'splash']);
  });

  test('server, with both kernels', async () => {
    const hwe = { '/casper/hwe-vmlinuz': '', '/casper/hwe-initrd': '' };
    const info = { '/.disk/info': 'Ubuntu-Server 24.04.2 LTS "Noble Numbat" - Release amd64 (20250216.1)' };
    expect(await recognise({ ...CASPER, ...hwe, ...info })).toMatchObject({
      distribution: 'ubuntu',
      title: 'Ubuntu Server 24.04.2 LTS',
      kind: 'installer',
      entries: [
        { id: 'install', kernel: '/casper/vmlinuz' },
        { id: 'install-hwe', kernel: '/casper/hwe-vmlinuz', initrds: ['/casper/hwe-initrd'] },
      ],
    });
    expect((await recognise({ ...CASPER, ...info }))?.entries).toHaveLength(1);
  });

  test.each([
    ['Kubuntu 24.04.2 LTS "Noble Numbat" - Release amd64 (20250215)', 'Kubuntu 24.04.2 LTS', 'signed'],
    ['Ubuntu-MATE 22.04.5 LTS "Jammy Jellyfish" - Release amd64', 'Ubuntu MATE 22.04.5 LTS', 'signed'],
    ['Linux Mint 21.3 "Virginia" - Release amd64 20240107', 'Linux Mint 21.3', 'signed'],
    ['Ubuntu 25.10 "Questing Quokka" - Release amd64 (20251007)', 'Ubuntu 25.10', 'signed'],
    ['elementary OS 8.0 "Circe" - Stable amd64', 'elementary OS 8.0', undefined],
    ['Something without a version', 'Something without a version', undefined],
  ])('%s', async (line, title, secureBoot) => {
    const found = await recognise({ ...CASPER, '/.disk/info': `${line}\n` });
    expect(found?.title).toBe(title);
    expect(found?.entries[0]?.conditions.secureBoot).toBe(secureBoot);
    expect(found?.distribution).toBe(/^Ubuntu \d/.test(line) ? 'ubuntu' : undefined);
  });
});

describe('what is made from Ubuntu', () => {
  test('Linux Mint 21.3 boots although its loopback.cfg cannot', async () => {
    const line = 'linux /casper/vmlinuz file=/cdrom/preseed/linuxmint.seed username=mint hostname=mint quiet splash --';
    const files = {
      '/casper/vmlinuz': '',
      '/casper/initrd.lz': '',
      [GRUB]: `menuentry "Start" { ${line} }`,
      '/boot/grub/loopback.cfg': `menuentry "Start" { ${line} }`,
    };
    const args = argsOf(await recognise(files));
    expect(args).toContain('iso-scan/filename={iso_path}');
    expect(args).toEqual(expect.arrayContaining(['username=mint', 'hostname=mint', 'splash']));
    expect(args.at(-1)).toBe('---');
  });

  test('LMDE has live-boot in the folder of casper', async () => {
    const menu = 'linux /casper/vmlinuz boot=live live-media-path=/casper username=mint quiet splash --';
    const args = argsOf(await recognise({ '/casper/vmlinuz': '', '/casper/initrd.lz': '', [GRUB]: menu }));
    expect(args).toEqual(
      expect.arrayContaining(['boot=live', 'live-media-path=/casper', 'findiso={iso_path}', 'username=mint']),
    );
    expect(args).not.toContain('boot=casper');
    expect(args.filter((each) => each.startsWith('live-media-path='))).toHaveLength(1);
  });

  test('Pop!_OS names the folder after the release', async () => {
    const folder = '/casper_pop-os_22.04_amd64_intel_debug_107';
    const args = argsOf(await recognise({ [`${folder}/vmlinuz.efi`]: '', [`${folder}/initrd.gz`]: '' }));
    expect(args).toEqual(expect.arrayContaining(['boot=casper', `live-media-path=${folder}`]));
  });
});

test('takes from the own menu only what starts the system', async () => {
  const menu = `menuentry Check { linux /casper/vmlinuz integrity-check splash --- }
menuentry Safe { linux /casper/vmlinuz nomodeset a=safe --- }
menuentry Start { linux /casper/vmlinuz layerfs-path=a.squashfs boot=casper root=/dev/sr0 console=tty9 findiso=/x \${iso_path} $x --- quiet }`;
  expect(argsOf(await recognise({ ...CASPER, [GRUB]: menu }))).toEqual([
    ...['boot=casper', 'iso-scan/filename={iso_path}', 'fsck.mode=skip', 'layerfs-path=a.squashfs', '---', 'quiet'],
  ]);
});

test('knows nothing without a kernel and an initrd of casper', async () => {
  expect(await recognise({ '/casper/vmlinuz': '' })).toBeUndefined();
  expect(await recognise({ '/live/vmlinuz': '', '/live/initrd.img': '' })).toBeUndefined();
  expect(await recognise({ '/x/casper/vmlinuz': '', '/x/casper/initrd': '' })).toBeUndefined();
});

test('gives valid answers whatever the image says of itself', async () => {
  const hostile = ['\u001b]0;x\u0007$(reboot)\'"\u202e', 'x'.repeat(5000), '', '\n\n', `U ${'9'.repeat(300)}`, '"'];
  for (const text of hostile) {
    const found = await recognise({ ...CASPER, '/.disk/info': text, [GRUB]: `linux /casper/vmlinuz ${text}` }, text);
    expect(found?.entries.length).toBeGreaterThan(0);
  }
  const many = `linux /casper/vmlinuz ${'a=b '.repeat(10_000)}`;
  expect(argsOf(await recognise({ ...CASPER, [GRUB]: many })).length).toBeLessThan(64);
});
