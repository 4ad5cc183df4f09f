/** What is in a package, and what no package may have. */
import { createHash } from 'node:crypto';

import { failure, formatBytes, printable } from '@loopstick/core';

import { PLUGIN_ERRORS } from './plugin-errors.ts';

export interface PackageFile {
  /** Relative, with "/" between its parts. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Of the tarball, and of all files in it. The largest plugins that are known have 200 KB. */
export const TARBALL_LIMIT: number = 8 * 1024 * 1024;
export const UNPACKED_LIMIT: number = 32 * 1024 * 1024;
const MOST_FILES = 2000;
const LONGEST_PATH = 200;
const DEEPEST_PATH = 16;

// What the file systems of all systems can store, and no terminal or shell reads as something else.
const ODD = /[^A-Za-z0-9._@+~()#,=[\] -]|^[ -]|[ .]$/;

/**
 * Takes in one file after the other, and refuses what must not be in a package as soon as it is known.
 *
 * Throws LoopstickError PLUGIN_UNPACKS_TOO_LARGE, PLUGIN_TOO_MANY_FILES, PLUGIN_PATH_TOO_LONG, PLUGIN_PATH_OUTSIDE,
 * PLUGIN_PATH_ABSOLUTE, PLUGIN_PATH_ODD, PLUGIN_NAME_COLLISION, PLUGIN_LINK, PLUGIN_SPECIAL_FILE.
 */
export class PackageIntake {
  readonly #name: string;
  readonly #files: PackageFile[] = [];
  /** As systems see them that do not tell upper from lower case; each name of a folder too. */
  readonly #names = new Map<string, { readonly path: string; readonly isFile: boolean }>();
  #size = 0;

  /** @param name as messages call the package */
  constructor(name: string) {
    this.#name = name;
  }

  get files(): readonly PackageFile[] {
    return this.#files;
  }

  /** Looks at a path before anything of the file is read. `size` is in bytes. */
  announce(path: string, type: 'file' | 'folder' | 'link' | 'other', size: number): void {
    const shown = { package: this.#name, path: printable(path, 100) };
    if (type === 'link') throw failure(PLUGIN_ERRORS.link, shown);
    if (type === 'other') throw failure(PLUGIN_ERRORS.specialFile, shown);
    this.#checkPath(path, shown);
    this.#checkCollision(path, type === 'file');
    if (type === 'folder') return;
    this.#size += size;
    if (this.#size > UNPACKED_LIMIT) {
      throw failure(PLUGIN_ERRORS.unpacksTooLarge, { package: this.#name, limit: formatBytes(UNPACKED_LIMIT) });
    }
    if (this.#files.length >= MOST_FILES) {
      throw failure(PLUGIN_ERRORS.tooManyFiles, { package: this.#name, limit: MOST_FILES });
    }
  }

  /** A file that was announced. */
  add(path: string, bytes: Uint8Array): void {
    this.#files.push({ path, bytes });
  }

  #checkPath(path: string, shown: { readonly package: string; readonly path: string }): void {
    if (/^[/\\]|^[A-Za-z]:/.test(path)) throw failure(PLUGIN_ERRORS.pathAbsolute, shown);
    const parts = path.split('/');
    if (path.split(/[/\\]/).includes('..')) throw failure(PLUGIN_ERRORS.pathOutside, shown);
    if (Buffer.byteLength(path) > LONGEST_PATH || parts.length > DEEPEST_PATH) {
      throw failure(PLUGIN_ERRORS.pathTooLong, shown);
    }
    if (parts.some((part) => part === '' || part === '.' || ODD.test(part))) {
      throw failure(PLUGIN_ERRORS.pathOdd, shown);
    }
  }

  /** A file comes once, and no two names differ in case only: also not those of folders, which are there by the way. */
  #checkCollision(path: string, isFile: boolean): void {
    const parts = path.split('/');
    for (let depth = 1; depth <= parts.length; depth++) {
      const name = parts.slice(0, depth).join('/');
      const here = { path: name, isFile: isFile && depth === parts.length };
      const other = this.#names.get(name.toLowerCase());
      if (other !== undefined && (other.path !== name || other.isFile || here.isFile)) {
        throw failure(PLUGIN_ERRORS.nameCollision, { package: this.#name, first: other.path, second: path });
      }
      this.#names.set(name.toLowerCase(), here);
    }
  }
}

const SCHEME = 'sha256-tree';

/**
 * A checksum of the files and their names that is the same on every system: `sha256-tree:<hex>`, over lines as sha256sum
 * writes them, in the order of their bytes.
 */
export function contentHash(files: readonly PackageFile[]): string {
  const lines = files.map(({ path, bytes }) => `${createHash('sha256').update(bytes).digest('hex')}  ${path}\n`);
  // All paths are ASCII. By path, which begins after the digest.
  lines.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1));
  return `${SCHEME}:${createHash('sha256').update(lines.join('')).digest('hex')}`;
}

/** The checksum of a tarball, as npm writes it (W3C Subresource Integrity). */
export function integrityOf(tarball: Uint8Array): string {
  return `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
}
