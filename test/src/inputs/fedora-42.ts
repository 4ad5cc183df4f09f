import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Product, produce } from './cache.ts';
import { writeIso, writeTree } from './iso.ts';
import { LIVE_INITRD, LIVE_KERNEL, livePackages } from './live-boot.ts';
import { createLiveRoot, writeLiveImage } from './live-root.ts';

const LABEL = 'Fedora-WS-Live-42';
/** KIWI names a file in /boot after this random number and finds the medium by it. */
const MEDIUM_ID = '0x2a41f00d';
const BOOT = '/boot/x86_64/loader';

/**
 * A live ISO laid out as KIWI makes them, which builds those of Fedora since 42: kernel and initrd below
 * boot/x86_64/loader, and a loopback.cfg that reads the one grub.cfg, where `iso_path` reaches the kernel by way of
 * the variable `isoboot`. Kernel and initrd code are real; the root is busybox.
 */
export const FEDORA_42: Product = {
  file: 'fedora-live-42-layout.iso',
  packages: livePackages,
  make: async (shop, { output, workDir, versions }) => {
    const tree = join(workDir, 'tree');
    await writeTree(tree, {
      'boot/grub2/grub.cfg': MENU,
      'boot/grub2/loopback.cfg': 'source /boot/grub2/grub.cfg\n',
      'EFI/BOOT/grub.cfg': EARLY,
      'boot/mbrid': `${MEDIUM_ID}\n`,
      [`boot/${MEDIUM_ID}`]: `${MEDIUM_ID}\n`,
    });
    await mkdir(join(tree, BOOT), { recursive: true });
    await mkdir(join(tree, 'LiveOS'));
    await copyFile((await produce(shop, LIVE_KERNEL)).path, join(tree, BOOT, 'linux'));
    await copyFile((await produce(shop, LIVE_INITRD)).path, join(tree, BOOT, 'initrd'));
    await createLiveRoot(shop, join(workDir, 'root'), versions);
    await writeLiveImage(shop, join(workDir, 'root'), join(workDir, 'squashfs.img'));
    await copyFile(join(workDir, 'squashfs.img'), join(tree, 'LiveOS/squashfs.img'));
    await writeIso(shop, { tree, label: LABEL, output });
  },
};

const EARLY = `search --file --set=root /boot/${MEDIUM_ID}
set prefix=($root)/boot/grub2
configfile ($root)/boot/grub2/grub.cfg
`;

const OPTIONS = `root=live:CDLABEL=${LABEL} rd.live.image`;

/** After the ISO template in kiwi/bootloader/template/grub2.py, without its themes and fonts. */
const MENU = `search --file --set=root /boot/${MEDIUM_ID}
set default=0
if [ -n "\${iso_path}" ]; then
    isoboot="iso-scan/filename=\${iso_path}"
fi
set timeout=10
set timeout_style=menu
menuentry "Start Fedora-Workstation-Live" --class os --unrestricted {
    set gfxpayload=keep
    echo Loading kernel...
    linux ($root)${BOOT}/linux \${extra_cmdline} \${isoboot} ${OPTIONS} quiet rhgb
    echo Loading initrd...
    initrd ($root)${BOOT}/initrd
}
menuentry "Failsafe -- Start Fedora-Workstation-Live" --class os --unrestricted {
    set gfxpayload=keep
    echo Loading kernel...
    linux ($root)${BOOT}/linux \${extra_cmdline} \${isoboot} ${OPTIONS} nomodeset
    echo Loading initrd...
    initrd ($root)${BOOT}/initrd
}
menuentry "Mediacheck" --class os --unrestricted {
    set gfxpayload=keep
    echo Loading kernel...
    linux ($root)${BOOT}/linux mediacheck=1 plymouth.enable=0 \${isoboot} ${OPTIONS}
    echo Loading initrd...
    initrd ($root)${BOOT}/initrd
}
menuentry "Boot from Hard Disk" --class os --unrestricted {
    exit
}
`;
