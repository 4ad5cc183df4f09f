/** Names in the folder of the library. */

export const SHA256: RegExp = /^[0-9a-f]{64}$/;

// How the names of a part and of what stands beside it end: see partPaths, sparePaths, resume-file.ts and take-lock.ts.
const UNFINISHED = String.raw`\.part(?:\.other)?(?:\.resume(?:\.new)?|\.lock(?:\.[0-9a-f]{12})?)?$`;

/** What belongs to an unfinished download; the first group is the name of the file that it was to become. */
export const PART_NAME: RegExp = new RegExp(`^(.+?)${UNFINISHED}`);

/** A plain name that cannot be taken for an option, a hidden file, or something of an unfinished download. */
export const FILE_NAME: RegExp = new RegExp(`^(?!.*${UNFINISHED})[A-Za-z0-9][A-Za-z0-9._+~-]{0,199}$`);

/** The name, if nothing can be wrong with it as the name of an image's file, and `image.iso` otherwise. */
export function plainName(file: string): string {
  return FILE_NAME.test(file) ? file : 'image.iso';
}

/** A plain name that still reminds of a file of the user's, whose name may hold anything: `My disk (1).iso`. */
export function plainNameLike(file: string): string {
  return plainName(
    file
      .replace(/[^A-Za-z0-9._+~-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(-200),
  );
}

/** Below the library's folder: files that were found to be something else, by the digest that they once had. */
export const SET_ASIDE = 'set-aside';

/** Below the library's folder: files on their way in. */
export const INCOMING = 'incoming';

/** Below the library's folder: who is reading files of it. */
export const READERS = 'readers';

/** Below the cache: what is known of files that are not in the library. */
export const DIGESTS = 'digests';
