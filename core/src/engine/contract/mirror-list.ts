/** Mirror lists: who knows them says for an image where they are. */

/**
 * What a vendor publishes about its mirrors, and how it is written:
 * - `metalink`: version 3 or 4, of the file itself
 * - `mirrorlist`: MirrorManager's text, or any other with one address a line
 * - `mirrorcache`: MirrorCache's JSON
 * - `launchpad`: Launchpad's feed of mirrors of CD images
 */
export const MIRROR_LIST_FORMATS = ['metalink', 'mirrorlist', 'mirrorcache', 'launchpad'] as const;
export type MirrorListFormat = (typeof MIRROR_LIST_FORMATS)[number];

export interface MirrorList {
  readonly format: MirrorListFormat;
  /** Where the vendor itself publishes it. */
  readonly url: string;
  /**
   * Path of the file below each address of the list: `24.04.3/ubuntu-24.04.3-desktop-amd64.iso`. Missing where the
   * addresses are those of the file.
   */
  readonly path?: string | undefined;
  /** Path of the file below the root of the vendor's tree, where the addresses of the list are those of other folders. */
  readonly tree?: string | undefined;
}

/** An image as those see it who know where mirrors of its vendor are listed. */
export interface ListedImage {
  /** `distribution/version/variant/arch` */
  readonly id: string;
  readonly distribution: string;
  readonly version: string;
  readonly variant: string;
  readonly arch: string;
  readonly file: string;
  /** Those of the catalog, best first. */
  readonly urls: readonly string[];
}

/** Says which lists of mirrors there are for an image. Core fetches, checks, keeps and merges them. */
export interface MirrorListSource {
  /** Shown as the source of the mirrors that are found through it. */
  readonly name: string;
  /** Ids of the distributions that it knows. */
  readonly distributions: readonly string[];
  lists(
    image: ListedImage,
    request: { readonly signal: AbortSignal },
  ): readonly MirrorList[] | Promise<readonly MirrorList[]>;
}

/** All lists for one image; each tap delivers its own. */
export interface MirrorListRound {
  readonly image: ListedImage;
  readonly signal: AbortSignal;
  deliver(source: MirrorListSource, lists: unknown): void;
}
