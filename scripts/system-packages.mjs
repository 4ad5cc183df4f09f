/**
 * What Loopstick needs from the system. An entry is there when one of `look` is: a program on the PATH or in an sbin
 * folder, or a file when it begins with `/`. Looking for the thing itself holds on every distribution; asking dpkg
 * would not. The rest names the package that brings it, per package manager.
 *
 * grub-pc-bin and not grub-pc: the latter would rewrite the boot sector of the machine it is installed on.
 */

/** What `loopstick build` runs. */
export const BUILD = [
  { look: ['sgdisk'], apt: 'gdisk', dnf: 'gdisk', pacman: 'gptfdisk', zypper: 'gptfdisk' },
  { look: ['mcopy'], apt: 'mtools', dnf: 'mtools', pacman: 'mtools', zypper: 'mtools' },
  { look: ['mke2fs', 'mkfs.ext4'], apt: 'e2fsprogs', dnf: 'e2fsprogs', pacman: 'e2fsprogs', zypper: 'e2fsprogs' },
  { look: ['debugfs'], apt: 'e2fsprogs', dnf: 'e2fsprogs', pacman: 'e2fsprogs', zypper: 'e2fsprogs' },
  { look: ['mkfs.vfat'], apt: 'dosfstools', dnf: 'dosfstools', pacman: 'dosfstools', zypper: 'dosfstools' },
  { look: ['xorriso'], apt: 'xorriso', dnf: 'xorriso', pacman: 'libisoburn', zypper: 'xorriso' },
  { look: ['grub-mkimage', 'grub2-mkimage'], apt: 'grub-common', dnf: 'grub2-tools', pacman: 'grub', zypper: 'grub2' },
  {
    look: ['grub-script-check', 'grub2-script-check'],
    apt: 'grub-common',
    dnf: 'grub2-tools',
    pacman: 'grub',
    zypper: 'grub2',
  },
  {
    look: ['/usr/lib/grub/i386-pc/kernel.img', '/usr/share/grub2/i386-pc/kernel.img'],
    apt: 'grub-pc-bin',
    dnf: 'grub2-pc-modules',
    pacman: 'grub',
    zypper: 'grub2-i386-pc',
  },
  {
    look: ['/usr/lib/grub/x86_64-efi/kernel.img', '/usr/share/grub2/x86_64-efi/kernel.img'],
    apt: 'grub-efi-amd64-bin',
    dnf: 'grub2-efi-x64-modules',
    pacman: 'grub',
    zypper: 'grub2-x86_64-efi',
  },
  {
    look: ['/usr/lib/grub/i386-efi/kernel.img', '/usr/share/grub2/i386-efi/kernel.img'],
    apt: 'grub-efi-ia32-bin',
    dnf: 'grub2-efi-ia32-modules',
    pacman: 'grub',
    zypper: 'grub2-i386-efi',
  },
];

/** What the demo and the boot tests run besides: a machine to boot in, and what makes real ISOs. */
export const BOOT = [
  {
    look: ['qemu-system-x86_64'],
    apt: 'qemu-system-x86',
    dnf: 'qemu-system-x86',
    pacman: 'qemu-system-x86',
    zypper: 'qemu-x86',
  },
  {
    look: ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_CODE.fd'],
    apt: 'ovmf',
    dnf: 'edk2-ovmf',
    pacman: 'edk2-ovmf',
    zypper: 'qemu-ovmf-x86_64',
  },
  {
    look: ['/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd', '/usr/share/edk2/ovmf-ia32/OVMF_CODE.secboot.fd'],
    apt: 'ovmf-ia32',
    dnf: 'edk2-ovmf-ia32',
    pacman: 'edk2-ovmf',
    zypper: 'qemu-ovmf-ia32',
  },
  { look: ['mksquashfs'], apt: 'squashfs-tools', dnf: 'squashfs-tools', pacman: 'squashfs-tools', zypper: 'squashfs' },
  { look: ['cpio'], apt: 'cpio', dnf: 'cpio', pacman: 'cpio', zypper: 'cpio' },
  { look: ['modprobe'], apt: 'kmod', dnf: 'kmod', pacman: 'kmod', zypper: 'kmod' },
  { look: ['udevadm'], apt: 'udev', dnf: 'systemd-udev', pacman: 'systemd', zypper: 'udev' },
  { look: ['dmsetup'], apt: 'dmsetup', dnf: 'device-mapper', pacman: 'device-mapper', zypper: 'device-mapper' },
];
