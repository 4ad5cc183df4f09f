import { cp, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Product } from './cache.ts';
import { writeIso, writeTree } from './iso.ts';
import { fetchPackages, resolveVersions, unpack } from './packages.ts';

const PACKAGE = 'debian-installer-12-netboot-amd64';
const IMAGES = 'usr/lib/debian-installer/images/12/amd64/text';

/**
 * Debian's network installer as in its mini.iso: kernel, initrd and GRUB files are Debian's own, laid out as
 * arch_miniiso in build/config/x86.cfg of debian-installer does, except for its ISOLINUX and EFI start, which booting
 * by loopback never touches. The label is what xorriso writes when it is told none, as in that build.
 */
export const DEBIAN_MINI: Product = {
  file: 'debian-mini.iso',
  packages: (shop) => resolveVersions(shop, [PACKAGE]),
  make: async (shop, { output, workDir, versions }) => {
    const unpacked = join(workDir, 'unpacked');
    await unpack(shop, await fetchPackages(shop, versions), unpacked, [`./${IMAGES}`]);
    const netboot = join(unpacked, IMAGES, 'debian-installer/amd64');
    const tree = join(workDir, 'tree');
    await mkdir(join(tree, 'boot'), { recursive: true });
    await copyFile(join(netboot, 'linux'), join(tree, 'linux'));
    await copyFile(join(netboot, 'initrd.gz'), join(tree, 'initrd.gz'));
    await cp(join(netboot, 'grub'), join(tree, 'boot/grub'), { recursive: true });
    const menu = await readFile(join(netboot, 'grub/grub.cfg'), 'utf8');
    await writeFile(join(tree, 'boot/grub/grub.cfg'), menu.replaceAll('/debian-installer/amd64/', '/'));
    const info = describe(await readFile(join(unpacked, IMAGES, 'version.info'), 'utf8'));
    await writeTree(tree, { '.disk/info': `${info}\n` });
    await writeIso(shop, { tree, label: 'ISOIMAGE', output });
  },
};

/** `Debian GNU/Linux 12 (bookworm) amd64 - netboot mini.iso 20230607+deb12u15` */
function describe(versionInfo: string): string {
  const release = /^Debian version: +(.*)$/m.exec(versionInfo)?.[1] ?? '12 (bookworm)';
  const build = /^Installer build: +(.*)$/m.exec(versionInfo)?.[1] ?? '';
  return `Debian GNU/Linux ${release} amd64 - netboot mini.iso ${build}`;
}
