import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MissingPackageError, type Versions } from './packages.ts';
import { type Shop } from './shop.ts';

/** Raise this whenever a maker writes something else than before; everything is then made anew. */
const MAKERS_VERSION = 2;

export interface MadeFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** A file that can be made from Debian packages. */
export interface Product {
  /** Path below the cache folder. */
  readonly file: string;
  /** The packages it is made from, in the versions this system offers. */
  readonly packages: (shop: Shop) => Promise<Versions>;
  /** Writes the file to `output`; `workDir` is empty and goes away afterwards. */
  readonly make: (shop: Shop, job: Job) => Promise<void>;
}

export interface Job {
  readonly output: string;
  readonly workDir: string;
  readonly versions: Versions;
}

interface Stamp {
  readonly makers: number;
  readonly packages: Versions;
  readonly size: number;
  readonly sha256: string;
}

/** Where made files are kept: LOOPSTICK_TEST_CACHE, or a folder in the repository that git ignores. */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const chosen = env['LOOPSTICK_TEST_CACHE'];
  return chosen !== undefined && chosen !== '' ? chosen : join(import.meta.dirname, '../../../.cache/inputs');
}

/** Gives the file from the cache, or makes it. Two processes may do so at once: the last rename wins, both are whole. */
export async function produce(shop: Shop, product: Product): Promise<MadeFile> {
  const path = join(shop.cacheDir, product.file);
  const stamp = await readStamp(path);
  const versions = await product.packages(shop).catch((error: unknown) => {
    // Lists that were cleaned away do not make what is there any worse.
    if (error instanceof MissingPackageError && stamp !== undefined) return stamp.packages;
    throw error;
  });
  if (stamp !== undefined && same(stamp.packages, versions)) return { path, size: stamp.size, sha256: stamp.sha256 };

  await mkdir(dirname(path), { recursive: true });
  const workDir = await mkdtemp(join(shop.cacheDir, '.work-'));
  try {
    const output = join(workDir, 'output');
    const roomDir = join(workDir, 'room');
    await mkdir(roomDir);
    shop.log(`making ${product.file}`);
    await product.make(shop, { output, workDir: roomDir, versions });
    await chmod(output, 0o644); // dracut lets nobody else read an initrd.
    const made = { size: (await stat(output)).size, sha256: await sha256Of(output) };
    const record: Stamp = { makers: MAKERS_VERSION, packages: versions, ...made };
    await writeFile(join(workDir, 'stamp'), `${JSON.stringify(record, undefined, 2)}\n`);
    // Without its stamp a file counts for nothing, so at no time does an old stamp vouch for a new file.
    await rm(`${path}.json`, { force: true });
    await rename(output, path);
    await rename(join(workDir, 'stamp'), `${path}.json`);
    return { path, ...made };
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function readStamp(path: string): Promise<Stamp | undefined> {
  try {
    const stamp = JSON.parse(await readFile(`${path}.json`, 'utf8')) as Stamp;
    return stamp.makers === MAKERS_VERSION && (await stat(path)).size === stamp.size ? stamp : undefined;
  } catch {
    return undefined; // Not there, or cut off: either way the file is made anew.
  }
}

function same(left: Versions, right: Versions): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
