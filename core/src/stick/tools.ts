import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { toolPath } from '../engine/run.ts';

export const PACKAGE_MANAGERS = ['apt', 'dnf', 'pacman', 'zypper', 'brew'] as const;
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

/** A program or file of the system that Loopstick relies on. */
export interface SystemTool {
  readonly name: string;
  readonly purpose: string;
  /** What cannot be done without it. */
  readonly neededFor: 'build' | 'boot';
  /** Names of the program, or absolute paths of a file; one that is there is enough. */
  readonly anyOf: readonly string[];
  /** The package that brings it; managers that have none are left out. */
  readonly packages: Readonly<Partial<Record<PackageManager, string>>>;
}

const everywhere = (name: string): SystemTool['packages'] => ({
  apt: name,
  dnf: name,
  pacman: name,
  zypper: name,
  brew: name,
});

const grubModules = (platform: string): string[] =>
  ['/usr/lib/grub', '/usr/lib64/grub', '/usr/share/grub2'].map((folder) => `${folder}/${platform}/kernel.img`);

export const SYSTEM_TOOLS: readonly SystemTool[] = [
  {
    name: 'sgdisk',
    purpose: 'partition table',
    neededFor: 'build',
    anyOf: ['sgdisk'],
    packages: { apt: 'gdisk', dnf: 'gdisk', pacman: 'gptfdisk', zypper: 'gptfdisk', brew: 'gptfdisk' },
  },
  ...['mformat', 'mcopy'].map((name): SystemTool => ({
    name,
    purpose: 'EFI system partition',
    neededFor: 'build',
    anyOf: [name],
    packages: everywhere('mtools'),
  })),
  ...['mke2fs', 'debugfs', 'e2fsck'].map((name): SystemTool => ({
    name,
    purpose: 'data partition',
    neededFor: 'build',
    anyOf: [name],
    packages: everywhere('e2fsprogs'),
  })),
  {
    name: 'xorriso',
    purpose: 'looking inside ISOs',
    neededFor: 'build',
    anyOf: ['xorriso'],
    packages: { apt: 'xorriso', dnf: 'xorriso', pacman: 'libisoburn', zypper: 'xorriso', brew: 'xorriso' },
  },
  {
    name: 'lsblk',
    purpose: 'finding USB sticks',
    neededFor: 'build',
    anyOf: ['lsblk'],
    packages: { apt: 'util-linux', dnf: 'util-linux', pacman: 'util-linux', zypper: 'util-linux' },
  },
  ...['mkimage', 'script-check'].map((name): SystemTool => ({
    name: `grub-${name}`,
    purpose: 'boot code and menu',
    neededFor: 'build',
    anyOf: [`grub-${name}`, `grub2-${name}`],
    packages: { apt: 'grub-common', dnf: 'grub2-tools', pacman: 'grub', zypper: 'grub2' },
  })),
  {
    name: 'GRUB for BIOS',
    purpose: 'starting on PC BIOS',
    neededFor: 'build',
    anyOf: grubModules('i386-pc'),
    packages: { apt: 'grub-pc-bin', dnf: 'grub2-pc-modules', pacman: 'grub', zypper: 'grub2-i386-pc' },
  },
  {
    name: 'GRUB for UEFI x64',
    purpose: 'starting on 64-bit UEFI',
    neededFor: 'build',
    anyOf: grubModules('x86_64-efi'),
    packages: { apt: 'grub-efi-amd64-bin', dnf: 'grub2-efi-x64-modules', pacman: 'grub', zypper: 'grub2-x86_64-efi' },
  },
  {
    name: 'GRUB for UEFI ia32',
    purpose: 'starting on 32-bit UEFI',
    neededFor: 'build',
    anyOf: grubModules('i386-efi'),
    packages: { apt: 'grub-efi-ia32-bin', dnf: 'grub2-efi-ia32-modules', pacman: 'grub', zypper: 'grub2-i386-efi' },
  },
  {
    name: 'qemu-system-x86_64',
    purpose: 'trying a stick',
    neededFor: 'boot',
    anyOf: ['qemu-system-x86_64'],
    packages: {
      apt: 'qemu-system-x86',
      dnf: 'qemu-system-x86',
      pacman: 'qemu-desktop',
      zypper: 'qemu-x86',
      brew: 'qemu',
    },
  },
  {
    name: 'UEFI firmware for QEMU',
    purpose: 'trying a stick by UEFI',
    neededFor: 'boot',
    anyOf: [
      '/usr/share/OVMF/OVMF_CODE_4M.fd',
      '/usr/share/OVMF/OVMF_CODE.fd',
      '/usr/share/edk2/ovmf/OVMF_CODE.fd',
      '/usr/share/edk2/x64/OVMF_CODE.4m.fd',
      '/usr/share/qemu/ovmf-x86_64-code.bin',
      '/opt/homebrew/share/qemu/edk2-x86_64-code.fd',
      '/usr/local/share/qemu/edk2-x86_64-code.fd',
    ],
    packages: { apt: 'ovmf', dnf: 'edk2-ovmf', pacman: 'edk2-ovmf', zypper: 'qemu-ovmf-x86_64', brew: 'qemu' },
  },
];

export interface ToolStatus {
  readonly tool: SystemTool;
  /** Where it was found. */
  readonly path: string | undefined;
}

/** Looks for each tool on the PATH, system folders included. */
export async function findTools(env: Readonly<Record<string, string | undefined>>): Promise<ToolStatus[]> {
  return Promise.all(SYSTEM_TOOLS.map(async (tool) => ({ tool, path: await findAny(tool.anyOf, env) })));
}

async function findAny(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  for (const name of names) {
    const places = name.startsWith('/')
      ? [name]
      : toolPath(env['PATH'])
          .split(delimiter)
          .map((folder) => join(folder, name));
    for (const place of places) {
      const found = await access(place, name.startsWith('/') ? constants.R_OK : constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return place;
    }
  }
  return undefined;
}

/** The command that installs what is missing, per package manager; empty for a manager that has none of it. */
export function installCommands(missing: readonly SystemTool[]): Record<PackageManager, string> {
  const verbs: Record<PackageManager, string> = {
    apt: 'sudo apt-get install',
    dnf: 'sudo dnf install',
    pacman: 'sudo pacman -S',
    zypper: 'sudo zypper install',
    brew: 'brew install',
  };
  const command = (manager: PackageManager): string => {
    const names = [...new Set(missing.flatMap(({ packages }) => packages[manager] ?? []))];
    return names.length === 0 ? '' : `${verbs[manager]} ${names.join(' ')}`;
  };
  return {
    apt: command('apt'),
    dnf: command('dnf'),
    pacman: command('pacman'),
    zypper: command('zypper'),
    brew: command('brew'),
  };
}
