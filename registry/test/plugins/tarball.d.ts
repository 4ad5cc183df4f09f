export interface TarEntry {
  readonly path: string;
  readonly content?: string | Uint8Array;
  /** As in POSIX ustar: `0` file, `1` hard link, `2` symbolic link, `3` character device, `5` folder, `6` pipe. */
  readonly type?: string;
  readonly link?: string;
  /** What the header says, when that is not the truth. */
  readonly size?: number;
}
/** A tarball with just these entries, byte by byte (POSIX.1-1988, ustar): programs that make tars refuse the hostile ones. */
export declare function tarball(entries: readonly TarEntry[]): Buffer;
/** A tarball as npm makes it, with these files. */
export declare function packed(files: Readonly<Record<string, string | Uint8Array>>): Buffer;
//# sourceMappingURL=tarball.d.ts.map
