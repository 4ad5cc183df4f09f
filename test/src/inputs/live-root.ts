import { chmod, copyFile, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchPackages, unpack, type Versions } from './packages.ts';
import { SOURCE_DATE_EPOCH, type Shop } from './shop.ts';

/** Printed on the console by the first process of a live root, every five seconds for a minute. */
export const LIVE_ROOT_MARKER = 'LOOPSTICK-LIVE-ROOT-REACHED';

const INIT = `#!/bin/busybox sh
# The initrd has moved /dev, /proc, /sys and /run here.
exec </dev/console >/dev/console 2>&1
echo
echo ${LIVE_ROOT_MARKER}
/bin/busybox cat /proc/cmdline
/bin/busybox grep -e ' / ' -e ' /run/initramfs/' /proc/mounts
for second in 5 10 15 20 25 30 35 40 45 50 55 60; do
  /bin/busybox sleep 5
  echo ${LIVE_ROOT_MARKER} $second
done
/bin/busybox poweroff -f
`;

/** A root directory with one static program and an init that says it was reached. */
export async function createLiveRoot(shop: Shop, directory: string, versions: Versions): Promise<void> {
  const busybox = Object.entries(versions).filter(([name]) => name === 'busybox-static');
  const unpacked = `${directory}.busybox`;
  await mkdir(join(unpacked, 'usr/bin'), { recursive: true });
  await symlink('usr/bin', join(unpacked, 'bin')); // Debian 12 has it in /bin, later releases in /usr/bin.
  await unpack(shop, await fetchPackages(shop, Object.fromEntries(busybox)), unpacked);
  for (const name of ['bin', 'sbin', 'dev', 'proc', 'sys', 'run', 'tmp', 'etc', 'usr', 'var']) {
    await mkdir(join(directory, name), { recursive: true });
  }
  await copyFile(join(unpacked, 'bin/busybox'), join(directory, 'bin/busybox'));
  await symlink('busybox', join(directory, 'bin/sh'));
  await writeFile(join(directory, 'sbin/init'), INIT);
  await chmod(join(directory, 'sbin/init'), 0o755);
}

/**
 * Makes `squashfs.img` as live media of the dracut family have it: a squashfs that holds `LiveOS/rootfs.img`, an ext4
 * file system with the root. The other form, a root laid straight into the squashfs, is mounted by dracut 059 only
 * when `rd.live.overlay.overlayfs` is given as well or systemd runs the initrd.
 */
export async function writeLiveImage(shop: Shop, root: string, output: string): Promise<void> {
  const container = `${output}.container`;
  await mkdir(join(container, 'LiveOS'), { recursive: true });
  const image = join(container, 'LiveOS/rootfs.img');
  const features = ['-O', '^has_journal', '-m', '0', '-U', 'b1e55ed0-0000-4000-8000-000000000001'];
  const seed = ['-E', 'root_owner=0:0,hash_seed=b1e55ed0-0000-4000-8000-000000000002'];
  await shop.run('mke2fs', ['-q', '-F', '-t', 'ext4', ...features, ...seed, '-d', root, image, '16M']);
  await ownByRoot(shop, root, image);
  await writeSquashfs(shop, container, output);
}

/** mke2fs copies owners and times from the folder, and so from whoever makes the image, and when. */
async function ownByRoot(shop: Shop, root: string, image: string): Promise<void> {
  const changes = [
    'uid 0',
    'gid 0',
    ...['atime', 'ctime', 'mtime', 'crtime'].map((time) => `${time} @${SOURCE_DATE_EPOCH}`),
  ];
  const paths = ['', ...(await readdir(root, { recursive: true }))].map((path) => `/${path}`);
  const commands = paths.flatMap((path) => changes.map((change) => `set_inode_field ${path} ${change}`));
  await writeFile(`${image}.commands`, `${commands.join('\n')}\n`);
  await shop.run('debugfs', ['-w', '-f', `${image}.commands`, image]);
  await rm(`${image}.commands`);
}

/** gzip, because every kernel with squashfs reads it. */
export async function writeSquashfs(shop: Shop, tree: string, output: string): Promise<void> {
  const options = ['-noappend', '-no-progress', '-all-root', '-comp', 'gzip'];
  await shop.run('mksquashfs', [tree, output, ...options]);
}
