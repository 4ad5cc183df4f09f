import { chmod, mkdir, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fetchPackages, unpack, type Versions } from './packages.ts';
import { type Shop } from './shop.ts';

/** A small system unpacked from packages, and programs of it that run on this one. */
export interface Sysroot {
  readonly root: string;
  /** Wrappers named like the programs they start, to be put first on the path. */
  readonly tools: string;
}

const LIBRARIES = 'usr/lib/x86_64-linux-gnu';

/** What dracut calls by name on the system it runs on, and where the unpacked system has it. */
const WRAPPED: Readonly<Record<string, string>> = {
  cpio: 'usr/bin/cpio',
  depmod: 'usr/bin/kmod',
  'dracut-install': 'usr/lib/dracut/dracut-install',
  lsmod: 'usr/bin/kmod',
  modinfo: 'usr/bin/kmod',
  modprobe: 'usr/bin/kmod',
  udevadm: 'usr/bin/udevadm',
  zstd: 'usr/bin/zstd',
};

/** Unpacks packages into a system of its own, so that neither udev nor dracut has to be installed on this one. */
export async function createSysroot(shop: Shop, directory: string, versions: Versions): Promise<Sysroot> {
  if (!/^[\w./+-]+$/.test(directory)) {
    throw new Error(
      `dracut cannot work in "${directory}". Set LOOPSTICK_TEST_CACHE to a path without spaces and signs.`,
    );
  }
  const root = join(directory, 'root');
  const tools = join(directory, 'tools');
  await mkdir(tools, { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(join('usr', name), join(root, name));
  }
  await unpack(shop, await fetchPackages(shop, versions), root);
  await relink(root, root);
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\n');

  const loader = `"${root}/${LIBRARIES}/ld-linux-x86-64.so.2" --library-path "${root}/${LIBRARIES}"`;
  for (const [name, program] of Object.entries(WRAPPED)) {
    await writeScript(join(tools, name), `exec ${loader} --argv0 ${name} "${root}/${program}" "$@"`);
  }
  // dracut-install asks this for the libraries of a program and expects paths as they are inside the root.
  await writeScript(join(tools, 'ldd'), `${loader} --list "$1" | sed "s|${root}||g"`);
  return { root, tools };
}

/** Links such as `/lib/systemd/systemd-udevd -> /bin/udevadm` would otherwise lead out of the root. */
async function relink(root: string, directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await relink(root, path);
    if (!entry.isSymbolicLink()) continue;
    const target = await readlink(path);
    if (!target.startsWith('/')) continue;
    await rm(path);
    await symlink(relative(dirname(path), join(root, target)), path);
  }
}

async function writeScript(path: string, line: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${line}\n`);
  await chmod(path, 0o755);
}
