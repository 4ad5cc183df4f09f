/** Names in the folder of the library. */

export const SHA256: RegExp = /^[0-9a-f]{64}$/;

// A plain name that cannot be taken for an option, a hidden file, or a part and what stands beside it.
export const FILE_NAME: RegExp = /^(?!.*\.part(\.(lock|resume).*)?$)[A-Za-z0-9][A-Za-z0-9._+~-]{0,199}$/;

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
