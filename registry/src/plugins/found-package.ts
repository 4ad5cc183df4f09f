import type { PluginPermissions } from '@loopstick/core';

import type { PackageFile } from './package-files.ts';
import type { PluginSource } from './plugin-lock.ts';

/** A package that was fetched, of which nothing is believed yet. */
export interface FoundPackage {
  /** As messages call it. */
  readonly name: string;
  readonly files: readonly PackageFile[];
  readonly source: PluginSource;
  readonly resolved?: string | undefined;
  /** Of the tarball; a folder has none. */
  readonly integrity?: string | undefined;
  /** What was said of it where it was found: it has to be just that. */
  readonly announced?: Announcement | undefined;
}

export interface Announcement {
  readonly id?: string | undefined;
  readonly version: string;
  readonly kinds?: readonly string[] | undefined;
  readonly engine?: string | undefined;
  readonly permissions?: PluginPermissions | undefined;
  readonly code?: boolean | undefined;
}
