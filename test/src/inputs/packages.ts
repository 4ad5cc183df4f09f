import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Shop } from './shop.ts';

/** Versions of Debian packages by name: what a cached image is keyed by. */
export type Versions = Readonly<Record<string, string>>;

/** This system's package lists do not offer a package: another distribution, or lists that were never fetched. */
export class MissingPackageError extends Error {
  readonly code = 'TEST_INPUT_PACKAGE_MISSING';
  readonly packageName: string;

  constructor(packageName: string) {
    super(
      `The package lists of this system do not offer "${packageName}". ` +
        'Run "apt-get update", or use Debian 12 on amd64.',
    );
    this.name = 'MissingPackageError';
    this.packageName = packageName;
  }
}

/** Runs apt-cache. Its index is kept in our cache, since containers keep none and each question would take half a second. */
export async function askApt(shop: Shop, question: readonly string[]): Promise<string> {
  const index = join(shop.cacheDir, 'apt/pkgcache.bin');
  await mkdir(dirname(index), { recursive: true });
  return shop.run('apt-cache', ['-o', `Dir::Cache::pkgcache=${index}`, ...question]);
}

/** The versions apt would fetch. Throws {@link MissingPackageError} for the first name that has none. */
export async function resolveVersions(shop: Shop, names: readonly string[]): Promise<Versions> {
  const policy = await askApt(shop, ['policy', ...names]);
  const found = new Map<string, string>();
  for (const [, name, version] of policy.matchAll(/^(\S+):\n {2}Installed: .*\n {2}Candidate: (\S+)$/gm)) {
    if (name !== undefined && version !== undefined && version !== '(none)') found.set(name, version);
  }
  return Object.fromEntries(
    names.toSorted().map((name) => {
      const version = found.get(name);
      if (version === undefined) throw new MissingPackageError(name);
      return [name, version];
    }),
  );
}

/** The package behind a metapackage: the first of its dependencies that matches. */
export async function packageBehind(shop: Shop, name: string, pattern: RegExp): Promise<string> {
  await resolveVersions(shop, [name]);
  const record = await askApt(shop, ['show', '--no-all-versions', name]);
  const dependencies = /^Depends: (.*)$/m.exec(record)?.[1] ?? '';
  const found = pattern.exec(dependencies)?.[0];
  if (found === undefined) throw new MissingPackageError(name);
  return found;
}

/**
 * Downloads what the cache lacks and gives the path of each package file. Nothing is installed, and no right of root
 * is needed; apt checks the files against its signed lists.
 */
export async function fetchPackages(shop: Shop, versions: Versions): Promise<readonly string[]> {
  const store = join(shop.cacheDir, 'debs');
  await mkdir(store, { recursive: true });
  const held = await readdir(store);
  const missing = Object.entries(versions).filter(([name, version]) => fileOf(held, name, version) === undefined);
  if (missing.length > 0) {
    shop.log(`downloading ${missing.map(([name]) => name).join(' ')}`);
    const landing = await mkdtemp(join(store, '.landing-'));
    try {
      const wanted = missing.map(([name, version]) => `${name}=${version}`);
      // As root, apt would hand the download to a user who may not write here.
      await shop.run('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', ...wanted], { cwd: landing });
      for (const file of await readdir(landing)) {
        const outdated = held.filter((old) => old.split('_')[0] === file.split('_')[0]);
        await rename(join(landing, file), join(store, file));
        await Promise.all(outdated.map((old) => rm(join(store, old), { force: true })));
      }
    } finally {
      await rm(landing, { recursive: true, force: true });
    }
  }
  const files = await readdir(store);
  return Object.entries(versions).map(([name, version]) => {
    const file = fileOf(files, name, version);
    if (file === undefined) throw new MissingPackageError(name);
    return join(store, file);
  });
}

/** apt writes the colon of an epoch as `%3a`: `busybox-static_1%3a1.35.0-4_amd64.deb`. */
function fileOf(files: readonly string[], name: string, version: string): string | undefined {
  const start = `${name}_${version.replaceAll(':', '%3a')}_`;
  return files.find((file) => file.startsWith(start));
}

/**
 * Unpacks packages over one another, or only the named members of them. Symbolic links to directories stay, so that
 * packages which still ship `/bin` and `/lib` can be laid over a tree in which those are links into `/usr`.
 */
export async function unpack(
  shop: Shop,
  debs: readonly string[],
  directory: string,
  members: readonly string[] = [],
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const script =
    'set -e; umask 022; deb=$1; directory=$2; shift 2; dpkg-deb --fsys-tarfile "$deb" | ' +
    // Owners and special permissions are not kept, so that root unpacks the same as everyone else.
    'tar -x --keep-directory-symlink --no-same-owner --no-same-permissions -C "$directory" "$@"';
  for (const deb of debs) {
    await shop.run('bash', ['-o', 'pipefail', '-c', script, 'unpack', deb, directory, ...members]);
  }
}
