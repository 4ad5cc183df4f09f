import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Product, produce } from './cache.ts';
import { writeIso, writeTree } from './iso.ts';
import { LIVE_INITRD, LIVE_KERNEL, livePackages } from './live-boot.ts';
import { createLiveRoot, writeSquashfs } from './live-root.ts';

/**
 * An ISO laid out as Ubuntu's desktop image. The kernel is real, but the initrd is NOT casper, which Debian does not
 * have: it is dracut's, which without `root=` stops with "No or empty root= argument". So this image shows that Ubuntu
 * is recognised and that GRUB starts its kernel with the right arguments, and no more.
 */
export const UBUNTU: Product = {
  file: 'ubuntu-layout.iso',
  packages: livePackages,
  make: async (shop, { output, workDir, versions }) => {
    const tree = join(workDir, 'tree');
    await writeTree(tree, {
      '.disk/info': 'Ubuntu 24.04.2 LTS "Noble Numbat" - Release amd64 (20250215)',
      '.disk/cd_type': 'full_cd/single\n',
      'boot/grub/grub.cfg': `${HEAD}${menu('')}${TAIL}`,
      'boot/grub/loopback.cfg': menu(ISO_SCAN),
    });
    await mkdir(join(tree, 'casper'));
    await copyFile((await produce(shop, LIVE_KERNEL)).path, join(tree, 'casper/vmlinuz'));
    await copyFile((await produce(shop, LIVE_INITRD)).path, join(tree, 'casper/initrd'));
    await createLiveRoot(shop, join(workDir, 'root'), versions);
    await writeSquashfs(shop, join(workDir, 'root'), join(tree, 'casper/filesystem.squashfs'));
    await writeIso(shop, { tree, label: 'Ubuntu 24.04.2 LTS amd64', output });
  },
};

/** In GRUB's own syntax: GRUB fills in the path. */
const ISO_SCAN = `iso-scan/filename=\${iso_path}`;

const HEAD = `set timeout=30

loadfont unicode

set menu_color_normal=white/black
set menu_color_highlight=black/light-gray

`;

function menu(isoScan: string): string {
  return `menuentry "Try or Install Ubuntu" {
	set gfxpayload=keep
	linux	/casper/vmlinuz ${isoScan} --- quiet splash
	initrd	/casper/initrd
}
menuentry "Ubuntu (safe graphics)" {
	set gfxpayload=keep
	linux	/casper/vmlinuz nomodeset ${isoScan} --- quiet splash
	initrd	/casper/initrd
}
`;
}

const TAIL = `grub_platform
if [ "$grub_platform" = "efi" ]; then
menuentry 'Boot from next volume' {
	exit 1
}
menuentry 'UEFI Firmware Settings' {
	fwsetup
}
else
menuentry 'Test memory' {
	linux16 /boot/memtest86+x64.bin
}
fi
`;
