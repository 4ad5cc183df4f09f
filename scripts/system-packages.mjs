/**
 * What a checkout needs from the system. What Loopstick itself runs stands in core/system-tools.json and in the
 * manifests of the plugins, which `loopstick doctor` reads as well; here is what the tests and the demo run besides. An
 * entry is there when one of `look` is: a program on the PATH or in an sbin folder, or a file when it begins with `/`.
 * Looking for the thing itself holds on every distribution; asking dpkg would not. The rest names the package that
 * brings it, per package manager.
 *
 * grub-pc-bin and not grub-pc: the latter would rewrite the boot sector of the machine it is installed on.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readJson, workspaces } from './workspaces.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const tools = [
  ...(await readJson(join(ROOT, 'core/system-tools.json'))),
  ...(await workspaces(ROOT)).flatMap(({ manifest }) => manifest.loopstick?.tools ?? []),
];
const neededFor = (purpose) =>
  tools.filter((tool) => tool.neededFor === purpose).map(({ anyOf, packages }) => ({ look: anyOf, ...packages }));

/** What `loopstick build` runs. */
export const BUILD = neededFor('build');

const everywhere = (name) => ({ apt: name, dnf: name, pacman: name, zypper: name });

/** What the demo and the boot tests run besides: a machine to boot in, what makes real ISOs, and second opinions. */
export const BOOT = [
  ...neededFor('boot'),
  {
    look: ['/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd', '/usr/share/edk2/ovmf-ia32/OVMF_CODE.secboot.fd'],
    apt: 'ovmf-ia32',
    dnf: 'edk2-ovmf-ia32',
    pacman: 'edk2-ovmf',
    zypper: 'qemu-ovmf-ia32',
  },
  { look: ['mksquashfs'], apt: 'squashfs-tools', dnf: 'squashfs-tools', pacman: 'squashfs-tools', zypper: 'squashfs' },
  { look: ['fsck.vfat'], ...everywhere('dosfstools') },
  // The HTTPS servers of the tests make themselves certificates.
  { look: ['openssl'], ...everywhere('openssl') },
  // The web server that registries and vendors most often have.
  { look: ['nginx'], apt: 'nginx-light', dnf: 'nginx', pacman: 'nginx', zypper: 'nginx' },
  // Another program for torrents, to give to and to take from.
  { look: ['aria2c'], ...everywhere('aria2') },
  { look: ['gpgv'], apt: 'gpgv', dnf: 'gnupg2', pacman: 'gnupg', zypper: 'gpg2' },
];
