import { posix } from 'node:path';

import type { IsoFileOnEsp } from '@loopstick/core';

const FOLDER = 'loopstick';

/**
 * Gives files of ISOs their places on the EFI system partition; a file that several entries use has one. The names are
 * numbered, which makes them unique and keeps them from being names of devices (`aux`), and say to a person what it is.
 */
export class Kernels {
  readonly #isos = new Map<string, { readonly folder: string; readonly files: Map<string, string> }>();

  /** The path of a file of an ISO on the partition, without a leading slash. */
  place(isoPath: string, source: string): string {
    let iso = this.#isos.get(isoPath);
    if (iso === undefined) {
      const folder = `${FOLDER}/${numbered(this.#isos.size, posix.basename(isoPath, '.iso'))}`;
      iso = { folder, files: new Map() };
      this.#isos.set(isoPath, iso);
    }
    const path = iso.files.get(source) ?? `${iso.folder}/${numbered(iso.files.size, posix.basename(source))}`;
    iso.files.set(source, path);
    return path;
  }

  get files(): IsoFileOnEsp[] {
    return [...this.#isos].flatMap(([isoPath, { files }]) =>
      [...files].map(([source, path]) => ({ isoPath, source, path })),
    );
  }
}

function numbered(index: number, name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60);
  // FAT drops dots at the end of a name.
  return `${index + 1}-${safe}`.replace(/\.+$/, '');
}
