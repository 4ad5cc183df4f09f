import type { Firmware, IsoContents, Recognition } from '@loopstick/core';

/** One build of Memtest86+ 6 and later: its volume label and its program, which is a Linux kernel to a boot loader. */
const BUILDS: readonly { label: string; program: string; name: string; firmware: Firmware[] }[] = [
  {
    label: 'MT86PLUS_64',
    program: '/efi/boot/bootx64.efi',
    name: 'Memtest86+ (64-bit)',
    firmware: ['bios', 'uefi-x64'],
  },
  {
    label: 'MT86PLUS_32',
    program: '/efi/boot/bootia32.efi',
    name: 'Memtest86+ (32-bit)',
    firmware: ['bios', 'uefi-ia32'],
  },
];

/** Where the program is in the ISOs "with GRUB", which have GRUB in its place (memtest86plus, build/x86_64/Makefile). */
const BESIDE_GRUB = '/efi/boot/memtest';

/** The memory test. It lives in memory alone, so it needs no ISO once it runs. */
export function recogniseMemtest(iso: IsoContents): Recognition | undefined {
  const build = BUILDS.find(({ label }) => label === iso.label);
  if (build === undefined) return undefined;
  // Without Rock Ridge names the case depends on who reads them.
  const find = (program: string): string | undefined => iso.list('/').find((path) => path.toLowerCase() === program);
  const kernel = find(BESIDE_GRUB) ?? find(build.program);
  if (kernel === undefined) return undefined;
  return {
    title: build.name,
    kind: 'tool',
    entries: [
      {
        type: 'linux',
        id: 'memtest',
        title: build.name,
        kernel,
        initrds: [],
        args: [],
        serialArgs: ['console=ttyS0,115200'],
        conditions: { firmware: build.firmware, secureBoot: 'unsigned' },
        markers: { userland: ['CLK/Temp'] },
      },
    ],
    notes: [],
  };
}
