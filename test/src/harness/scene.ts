import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { loopstick, type LoopstickOptions, type LoopstickResult } from './loopstick.ts';

/** A place for one test: a folder that anyone may write to, and a Loopstick home of its own in it. */
export interface Scene {
  readonly folder: string;
  readonly home: string;
  /** Runs `loopstick` in the folder. */
  run(args: readonly string[], options?: Partial<LoopstickOptions>): Promise<LoopstickResult>;
  path(name: string): string;
  remove(): Promise<void>;
}

export async function createScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
  // The command may run as nobody.
  await chmod(folder, 0o777);
  const home = join(folder, 'home');
  return {
    folder,
    home,
    path: (name) => join(folder, name),
    run: (args, options) => loopstick(args, { home, cwd: folder, ...options }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** An image of a test catalog. */
export interface CatalogImageInput {
  readonly distribution: string;
  readonly version: string;
  readonly file: string;
  readonly size?: number;
  readonly sha256: string;
  readonly mirrors: readonly string[];
}

/** Writes a catalog file with these images, as a user could. Returns its path. */
export async function writeCatalog(folder: string, images: readonly CatalogImageInput[]): Promise<string> {
  const distributions = images.map(({ distribution, version, file, size, sha256, mirrors }) => ({
    id: distribution,
    name: distribution,
    releases: [
      {
        version,
        images: [
          {
            variant: 'default',
            arch: 'x86_64',
            kind: 'tool',
            file: basename(file),
            ...(size === undefined ? {} : { size }),
            checksums: { sha256 },
            evidence: { level: 'none' },
            mirrors,
            default: true,
          },
        ],
      },
    ],
  }));
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'catalog.json');
  await writeFile(path, JSON.stringify({ schema: { major: 1, minor: 0 }, origins: {}, distributions }));
  return path;
}
