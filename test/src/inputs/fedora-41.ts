import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Product, produce } from './cache.ts';
import { writeIso, writeTree } from './iso.ts';
import { LIVE_INITRD, LIVE_KERNEL, livePackages } from './live-boot.ts';
import { createLiveRoot, writeLiveImage } from './live-root.ts';

const LABEL = 'Fedora-WS-Live-41-1-4';

/**
 * A live ISO laid out as lorax makes those of Fedora up to 41: kernel and initrd below images/pxeboot and no
 * loopback.cfg. Kernel and initrd code are real (Debian's kernel, dracut with dmsquash-live); the root is busybox.
 */
export const FEDORA_41: Product = {
  file: 'fedora-live-41-layout.iso',
  packages: livePackages,
  make: async (shop, { output, workDir, versions }) => {
    const tree = join(workDir, 'tree');
    await writeTree(tree, { 'EFI/BOOT/grub.cfg': MENU, 'boot/grub2/grub.cfg': MENU });
    await mkdir(join(tree, 'images/pxeboot'), { recursive: true });
    await mkdir(join(tree, 'LiveOS'));
    await copyFile((await produce(shop, LIVE_KERNEL)).path, join(tree, 'images/pxeboot/vmlinuz'));
    await copyFile((await produce(shop, LIVE_INITRD)).path, join(tree, 'images/pxeboot/initrd.img'));
    await createLiveRoot(shop, join(workDir, 'root'), versions);
    await writeLiveImage(shop, join(workDir, 'root'), join(workDir, 'squashfs.img'));
    await copyFile(join(workDir, 'squashfs.img'), join(tree, 'LiveOS/squashfs.img'));
    await writeIso(shop, { tree, label: LABEL, output });
  },
};

/** After share/templates.d/99-generic/live of lorax. */
const MENU = `set default="1"
set timeout=60

function load_video {
  insmod all_video
}

load_video
set gfxpayload=keep
insmod gzio
insmod part_gpt
insmod ext2

search --no-floppy --set=root -l '${LABEL}'

menuentry 'Start Fedora-Workstation-Live 41' --class fedora --class gnu-linux --class gnu --class os {
	linux /images/pxeboot/vmlinuz root=live:CDLABEL=${LABEL} rd.live.image quiet rhgb
	initrd /images/pxeboot/initrd.img
}
menuentry 'Test this media & start Fedora-Workstation-Live 41' --class fedora --class gnu-linux --class gnu --class os {
	linux /images/pxeboot/vmlinuz root=live:CDLABEL=${LABEL} rd.live.image rd.live.check quiet rhgb
	initrd /images/pxeboot/initrd.img
}
submenu 'Troubleshooting -->' {
	menuentry 'Start Fedora-Workstation-Live 41 in basic graphics mode' --class fedora --class os {
		linux /images/pxeboot/vmlinuz root=live:CDLABEL=${LABEL} rd.live.image nomodeset quiet rhgb
		initrd /images/pxeboot/initrd.img
	}
}
`;
