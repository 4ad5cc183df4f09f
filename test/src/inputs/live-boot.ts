import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Product } from './cache.ts';
import { librariesOf } from './closure.ts';
import { writeTree } from './iso.ts';
import { fetchPackages, packageBehind, resolveVersions, unpack, type Versions } from './packages.ts';
import { type Shop } from './shop.ts';
import { createSysroot } from './sysroot.ts';

/** What the initrd is made of and made with. */
const TOOLS = [
  ...['dracut-core', 'dracut-live', 'udev', 'dmsetup', 'kmod', 'util-linux', 'mount', 'busybox-static'],
  ...['dash', 'coreutils', 'sed', 'grep', 'findutils', 'gzip', 'tar', 'cpio', 'zstd'],
];

const MODULES = [
  ...['dash', 'base', 'udev-rules', 'kernel-modules', 'fs-lib', 'img-lib', 'rootfs-block'],
  ...['dm', 'overlayfs', 'dmsquash-live', 'pollcdrom'],
];

/** Drivers for any PC and any QEMU machine to find a stick with, and the file systems a stick may have. */
const DRIVERS = [
  ...['ahci', 'ata_piix', 'ata_generic', 'nvme', 'sd_mod', 'sr_mod', 'sdhci-pci', 'mmc_block'],
  ...['usb-storage', 'uas', 'xhci-pci', 'ehci-pci', 'ohci-pci', 'uhci-hcd'],
  ...['virtio_pci', 'virtio_blk', 'virtio_scsi'],
  ...['ext4', 'crc32c_generic', 'vfat', 'exfat', 'nls_cp437', 'nls_ascii', 'nls_iso8859-1', 'nls_utf8'],
  ...['iso9660', 'udf', 'loop', 'squashfs', 'overlay', 'dm_mod', 'dm_snapshot'],
];

/** What the module dm brings beyond the snapshot that a live root needs; all of it together is a third of the modules. */
const UNWANTED = [
  ...['bcache', 'dlm', 'md-cluster', 'raid0', 'raid1', 'raid10', 'raid456', 'multipath', 'faulty', 'linear'],
  ...['dm-cache', 'dm-cache-smq', 'dm-crypt', 'dm-integrity', 'dm-raid', 'dm-thin-pool', 'dm-era', 'dm-zoned'],
];

/** The packages of all live images: kernel, initrd and the root they boot to. */
export async function livePackages(shop: Shop): Promise<Versions> {
  const known = shop.answers.get('live');
  if (known !== undefined) return known;
  const answer = (async () => {
    const kernel = await packageBehind(shop, 'linux-image-amd64', /linux-image-[^ ,]+/);
    await resolveVersions(shop, TOOLS);
    return resolveVersions(shop, [kernel, ...TOOLS, ...(await librariesOf(shop, TOOLS))]);
  })();
  shop.answers.set('live', answer);
  return answer;
}

/** Debian's kernel, signed as the package has it. */
export const LIVE_KERNEL: Product = {
  file: 'parts/vmlinuz',
  packages: livePackages,
  make: async (shop, { output, workDir, versions }) => {
    const kernel = Object.entries(versions).filter(([name]) => name.startsWith('linux-image-'));
    await unpack(shop, await fetchPackages(shop, Object.fromEntries(kernel)), workDir, ['./boot']);
    const names = await readdir(join(workDir, 'boot'));
    await copyFile(join(workDir, 'boot', names.find((name) => name.startsWith('vmlinuz-')) ?? 'vmlinuz'), output);
  },
};

/** An initrd that real dracut makes, with the module that finds an ISO by `iso-scan/filename=`. */
export const LIVE_INITRD: Product = {
  file: 'parts/initrd.img',
  packages: livePackages,
  make: async (shop, { output, workDir, versions }) => {
    const { root, tools } = await createSysroot(shop, workDir, versions);
    const [release] = await readdir(join(root, 'usr/lib/modules'));
    if (release === undefined) throw new Error('The kernel package holds no modules.');
    await shop.run(join(tools, 'depmod'), ['-b', root, release]);
    await writeTree(root, { 'etc/dracut.conf.d/live.conf': configuration(join(workDir, 'tmp')) });
    await mkdir(join(workDir, 'tmp'));
    const what = ['--no-hostonly', '--no-hostonly-cmdline', '--no-early-microcode', '--reproducible', '--nostrip'];
    await shop.run('bash', [join(root, 'usr/bin/dracut'), ...what, '--kver', release, output], {
      env: {
        PATH: `${tools}:${process.env['PATH'] ?? ''}:/usr/bin:/bin:/usr/sbin:/sbin`,
        // The same as --sysroot, except that dracut writes its options, and so a random path, into the initrd.
        dracutsysrootdir: root,
        DRACUT_INSTALL: join(tools, 'dracut-install'),
        DRACUT_LDD: join(tools, 'ldd'),
        // The kernel brings /dev/console itself; without nodes the result is the same for root and for everyone else.
        DRACUT_NO_MKNOD: '1',
        DRACUT_NO_XATTR: '1',
      },
    });
  },
};

function configuration(temporary: string): string {
  return [
    // Below a root of its own, dracut 059 takes these folders for found while they are still unset.
    'systemdutildir=/usr/lib/systemd',
    'systemdutilconfdir=/etc/systemd',
    'udevdir=/usr/lib/udev',
    'udevconfdir=/etc/udev',
    'udevrulesdir=/usr/lib/udev/rules.d',
    'udevrulesconfdir=/etc/udev/rules.d',
    `tmpdir=${temporary}`,
    `dracutmodules+=" ${MODULES.join(' ')} "`,
    `drivers+=" ${DRIVERS.join(' ')} "`,
    `omit_drivers+=" ${UNWANTED.join(' ')} "`,
    // Of all that the kernel reads, zstd starts soonest in QEMU without KVM, by about a second.
    'compress="zstd -9 -q"',
    '',
  ].join('\n');
}
