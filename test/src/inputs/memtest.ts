import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Product } from './cache.ts';
import { fetchPackages, resolveVersions, unpack } from './packages.ts';

const IMAGE = 'usr/lib/memtest86+/memtest86+x64.iso';

/** Memtest86+ as Debian packs it, byte for byte. */
export const MEMTEST: Product = {
  file: 'memtest86+x64.iso',
  packages: (shop) => resolveVersions(shop, ['memtest86+']),
  make: async (shop, { output, workDir, versions }) => {
    await unpack(shop, await fetchPackages(shop, versions), workDir, [`./${IMAGE}`]);
    await copyFile(join(workDir, IMAGE), output);
  },
};
