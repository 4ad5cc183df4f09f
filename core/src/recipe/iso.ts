/** The inside of an ISO, as recipes see it. Paths are absolute, with `/`, spelled as Rock Ridge has them. */
export interface IsoContents {
  /** Volume label of the primary volume descriptor, without trailing blanks. */
  readonly label: string;
  /** The volume's UUID, as in /dev/disk/by-uuid: its date, `2025-02-15-09-16-10-00`. Digits and hyphens only. */
  readonly uuid?: string | undefined;
  /** Size of the ISO file in bytes. */
  readonly size: number;
  /** True when there is a regular file at this path. */
  has(path: string): boolean;
  /** The files directly or deeper below a folder, sorted; all files for `/`. */
  list(folder: string): readonly string[];
  /**
   * The text of a small file, decoded as UTF-8.
   * @throws LoopstickError ISO_FILE_MISSING, ISO_FILE_TOO_LARGE (over `limit` bytes, default 256 KiB)
   */
  read(path: string, options: { readonly signal: AbortSignal; readonly limit?: number }): Promise<string>;
}
