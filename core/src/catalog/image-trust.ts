/** Which checksum of an image counts, and how far its evidence can be believed. */
import { failure, type LoopstickError } from '../engine/errors.ts';
import type { CatalogLayer } from '../engine/hooks.ts';
import type { TrustTier } from '../plugin/plugin-place.ts';
import { EVIDENCE_LEVELS, isWeakerThan, type EvidenceLevel } from '../verify/evidence.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import type { Draft } from './draft.ts';
import type { Evidence } from './model.ts';
import type { Checksums, ImageDocument, ImageSignature } from './schema.ts';
import type { Speaker } from './speaker.ts';

/**
 * The most that a layer's own word is worth. Embedded documents come with a plugin: of those that come with the program
 * a generator checked the signatures, what a registry has signed it vouches for, and others prove nothing. Those of upstream come out of the store, where the sync has set their evidence to
 * what it saw itself (sync/witness.ts). The registry vouches for what it signs and no more, and a file proves nothing.
 */
const BELIEVED: Readonly<Record<CatalogLayer, EvidenceLevel>> = {
  embedded: 'signed',
  upstream: 'signed',
  registry: 'registry',
  custom: 'none',
};

/** Evidence as computed from a claim and the layer that makes it. A level that is cut down names no key any more. */
function believe(image: ImageDocument, speaker: Speaker): Evidence {
  const { level: claimed = EVIDENCE_LEVELS[0], key, origin } = image.evidence ?? {};
  const most = mostOf(speaker);
  const level = isWeakerThan(most, claimed) ? most : claimed;
  return {
    level,
    ...(level === 'signed' && key !== undefined ? { key } : {}),
    ...(origin === undefined || level === 'none' ? {} : { origin: speaker.origin(origin) }),
  };
}

/** How far one image can be believed, while it is put together in `draft` from what one speaker after the other says. */
export class ImageTrust {
  readonly #draft: Draft;
  readonly #id: string;
  /** Whose word the checksums are. */
  #voucher: Speaker | undefined;
  /** Who named the keys that may sign the image. */
  #keeper: Speaker | undefined;

  /** @param id of the image, for messages */
  constructor(draft: Draft, id: string) {
    this.#draft = draft;
    this.#id = id;
  }

  /**
   * Takes over what bears on trust, before the rest of `image` is taken.
   * @returns CATALOG_EVIDENCE_WEAKENED, CATALOG_CHECKSUM_DISPUTED, CATALOG_KEYS_REPLACED, CATALOG_FACTS_REPLACED: what
   *   a person should know
   */
  take(image: ImageDocument, speaker: Speaker): LoopstickError[] {
    // Facts of other bytes are others; who says more of those than that it replaces them says the same twice.
    const facts = this.#compareFacts(image, speaker);
    const warnings = [this.#takeChecksums(image, speaker) ?? facts, this.#takeSignature(image, speaker)];
    return warnings.filter((warning) => warning !== undefined);
  }

  /**
   * Takes over the checksums together with their evidence: the two never come from different layers.
   *
   * The same SHA-256 with weaker evidence changes nothing, since stronger evidence already vouches for these bytes.
   * Another one wins, as the layer is higher, but not silently when its evidence is weaker. Nor when it is no weaker and
   * a stranger's: any plugin can pin a key of its own, and say `signed` of an image that is another's.
   */
  #takeChecksums(image: ImageDocument, speaker: Speaker): LoopstickError | undefined {
    if (image.checksums === undefined) return undefined;
    const draft = this.#draft;
    const evidence = believe(image, speaker);
    const from = speaker.says('checksums', image.provenance, evidence.key);
    const before = draft.get('checksums') as Checksums | undefined;
    const trusted = draft.get('evidence') as Evidence | undefined;
    const voucher = this.#voucher;
    const weaker = trusted !== undefined && isWeakerThan(evidence.level, trusted.level);
    const same = before?.sha256 === image.checksums.sha256;
    if (same && weaker) return undefined;

    this.#voucher = speaker;
    draft.set('checksums', image.checksums, from);
    draft.set('evidence', evidence, from);
    // A size belongs to the bytes that were measured.
    if (before !== undefined && !same && image.size === undefined) draft.drop('size');
    if (trusted === undefined || voucher === undefined) return undefined;
    const names = { source: speaker.source.name, image: this.#id, former: voucher.source.name };
    if (weaker) {
      return failure(CATALOG_ERRORS.evidenceWeakened, { ...names, before: trusted.level, after: evidence.level });
    }
    if (!isStranger(speaker, voucher) || trusted.level === EVIDENCE_LEVELS[0]) return undefined;
    const isMore = isWeakerThan(trusted.level, evidence.level);
    if (same ? isMore || trusted.key === evidence.key : isMore && mostOf(speaker) !== mostOf(voucher)) return undefined;
    const subject = same ? 'key that vouches for the checksum' : 'checksum';
    return failure(CATALOG_ERRORS.checksumDisputed, { ...names, subject });
  }

  /**
   * Takes over which keys may sign the image. The word of a layer that is believed less than the one that named the
   * keys before counts, as that layer is higher, but not silently when it lets another key sign; nor does a stranger's.
   */
  #takeSignature({ signature, provenance }: ImageDocument, speaker: Speaker): LoopstickError | undefined {
    if (signature === undefined) return undefined;
    const before = this.#draft.get('signature') as ImageSignature | undefined;
    const keeper = this.#keeper;
    this.#keeper = speaker;
    this.#draft.set('signature', signature, speaker.says('signature', provenance));
    if (before === undefined || keeper === undefined) return undefined;
    const others = signature.keys.filter((key) => !before.keys.includes(key));
    const isEqual = mostOf(speaker) === mostOf(keeper);
    const isSilent = isEqual ? !isStranger(speaker, keeper) : !isWeakerThan(mostOf(speaker), mostOf(keeper));
    if (others.length === 0 || isSilent) return undefined;
    const values = {
      source: speaker.source.name,
      image: this.#id,
      keys: others.join(', '),
      former: keeper.source.name,
    };
    return failure(CATALOG_ERRORS.keysReplaced, values);
  }

  /**
   * Who vouches for a checksum vouches for the file's name beside it, and its size is that of the same bytes. Another
   * that is believed less, or a stranger, does not change or add them silently.
   */
  #compareFacts(image: ImageDocument, speaker: Speaker): LoopstickError | undefined {
    const voucher = this.#voucher;
    const trusted = this.#draft.get('evidence') as Evidence | undefined;
    if (voucher === undefined || trusted === undefined || !isStranger(speaker, voucher)) return undefined;
    if (trusted.level === EVIDENCE_LEVELS[0] || isWeakerThan(trusted.level, mostOf(speaker))) return undefined;
    const changed = FACTS.filter((field) => image[field] !== undefined && image[field] !== this.#draft.get(field));
    if (changed.length === 0) return undefined;
    const values = {
      source: speaker.source.name,
      image: this.#id,
      facts: changed.map((field) => (field === 'file' ? 'file name' : field)).join(' and '),
      former: voucher.source.name,
      level: trusted.level,
    };
    return failure(CATALOG_ERRORS.factsReplaced, values);
  }
}

const FACTS = ['file', 'size'] as const;

const EMBEDDED: Readonly<Record<TrustTier, EvidenceLevel>> = {
  bundled: BELIEVED.embedded,
  registry: 'registry',
  data: 'none',
  unsigned: 'none',
};

const mostOf = ({ source: { layer }, tier }: Speaker): EvidenceLevel =>
  layer === 'embedded' && tier !== undefined ? EMBEDDED[tier] : BELIEVED[layer];

const isStranger = (speaker: Speaker, former: Speaker): boolean => speaker.voice !== former.voice;
