/** Mirror strategies: rank the mirrors of an image and say why for each. */
import type { MirrorCandidate, MirrorProbe, Place, ProbeOptions } from './mirror-candidate.ts';

export interface RankingRequest {
  /** Of the file, in bytes. */
  readonly size: number | undefined;
  /** Bytes of it that are still to be fetched. */
  readonly remaining: number | undefined;
  /** Where the user is. */
  readonly place: Place;
  /** The user wants nothing but the mirrors of his list. */
  readonly preferredOnly: boolean;
  /**
   * Asks a mirror for some of the wanted file. During a download these bytes go where they belong, so that they cost
   * nothing. At most four at a time are carried out, one a mirror, the others wait. Missing where it is not worth it
   * (small files), and when a download is about to begin: then an order is wanted at once, and the strategy is asked
   * again, with this, as soon as it runs. Never rejects but with the signal's reason.
   */
  readonly probe?: ((url: string, options: ProbeOptions) => Promise<MirrorProbe>) | undefined;
  readonly now: Date;
  /** From 0 to 1. The only source of chance that a strategy may use. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

export interface RankedMirror {
  readonly url: string;
  /** One line: why it stands here, or why it is not to be used. */
  readonly reason: string;
  /** Bytes a second that the strategy expects of it, where it has an opinion. */
  readonly expected?: number | undefined;
  /** False: not to be used. */
  readonly use?: boolean | undefined;
}

export interface MirrorStrategy {
  readonly name: string;
  readonly description: string;
  /**
   * Returns the candidates in the order in which to use them, best first, each with a reason. One that is left out is
   * not used. Asked before a download, and again every few seconds while it runs, with what was measured meanwhile; the
   * first few that work are used at the same time. The same candidates, time and chance give the same answer.
   */
  rank(candidates: readonly MirrorCandidate[], request: RankingRequest): Promise<readonly RankedMirror[]>;
}

/** A strategy as it is found by its name. */
export interface OwnedMirrorStrategy extends MirrorStrategy {
  /** Whose it is. */
  readonly pluginId: string;
}
