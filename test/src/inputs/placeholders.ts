import { join } from 'node:path';
import { type Product } from './cache.ts';
import { writeIso, writeTree } from './iso.ts';

const NOT_A_KERNEL = 'A placeholder of Loopstick: nothing here boots.\n';

/** What recipes have to tell apart; the kernels are a line of text, so these images are tiny and need no package. */
function placeholder(file: string, label: string, files: Readonly<Record<string, string>>): Product {
  return {
    file,
    packages: async () => ({}),
    make: async (shop, { output, workDir }) => {
      const tree = join(workDir, 'tree');
      await writeTree(tree, files);
      await writeIso(shop, { tree, label, output });
    },
  };
}

/** As Linux Mint 21.3: there is a loopback.cfg, but nothing in it passes `iso_path` on (linuxmint/linuxmint#635). */
export const BROKEN_LOOPBACK: Product = placeholder('broken-loopback.iso', 'Linux Mint 21.3 Cinnamon 64-bit', {
  '.disk/info': 'Linux Mint 21.3 "Virginia" - Release amd64 20240109',
  'casper/vmlinuz': NOT_A_KERNEL,
  'casper/initrd.lz': NOT_A_KERNEL,
  'boot/grub/loopback.cfg': `menuentry "Start Linux Mint 21.3 Cinnamon 64-bit" --class linuxmint {
	set gfxpayload=keep
	linux	/casper/vmlinuz boot=casper uuid=1f0a username=mint hostname=mint quiet splash --
	initrd	/casper/initrd.lz
}
menuentry "Start in compatibility mode" --class linuxmint {
	linux	/casper/vmlinuz boot=casper username=mint hostname=mint noapic noacpi nosplash irqpoll nomodeset --
	initrd	/casper/initrd.lz
}
`,
});

/**
 * As archiso writes it (configs/releng/grub/loopback.cfg): the device is named, the path is passed on. Made by one of
 * those who build on archiso under a name of their own, so that only its own menu tells how it is started.
 */
export const ARCH: Product = placeholder('arch-layout.iso', 'OWN_202502', {
  'own/version': '2025.02.01\n',
  'own/boot/x86_64/vmlinuz-linux': NOT_A_KERNEL,
  'own/boot/x86_64/initramfs-linux.img': NOT_A_KERNEL,
  'boot/2025-02-01-08-00-00-00.uuid': '',
  'boot/grub/loopback.cfg': `search --no-floppy --set=archiso_img_dev --file "\${iso_path}"
probe --set archiso_img_dev_uuid --fs-uuid "\${archiso_img_dev}"

default=own
timeout=15
timeout_style=menu

menuentry "Own Linux install medium (x86_64)" --class own --class gnu-linux --class gnu --class os --id 'own' {
    set gfxpayload=keep
    linux /own/boot/x86_64/vmlinuz-linux archisobasedir=own img_dev=UUID=\${archiso_img_dev_uuid} img_loop="\${iso_path}"
    initrd /own/boot/x86_64/initramfs-linux.img
}
`,
});

/** An ISO that no recipe may claim to boot. */
export const NO_BOOT: Product = placeholder('no-boot.iso', 'NO_BOOT', {
  'readme.txt': 'There is nothing to boot on this disc.\n',
});
