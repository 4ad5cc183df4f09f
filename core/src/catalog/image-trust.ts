/** Which checksum of an image counts, and how far its evidence can be believed. */
import { failure, type LoopstickError } from '../engine/errors.ts';
import type { CatalogLayer } from '../engine/hooks.ts';
import { EVIDENCE_LEVELS, isWeakerThan, type EvidenceLevel } from '../verify/evidence.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import type { Draft } from './draft.ts';
import type { Evidence } from './model.ts';
import type { Checksums, ImageDocument, ImageSignature } from './schema.ts';
import type { Speaker } from './speaker.ts';

/**
 * The most that a layer's own word is worth. Embedded documents come with the program or with an installed plugin,
 * whose generator checked the signature. Those of upstream come out of the store, where the sync has set their evidence to
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
  const most = BELIEVED[speaker.source.layer];
  const level = isWeakerThan(most, claimed) ? most : claimed;
  return {
    level,
    ...(level === 'signed' && key !== undefined ? { key } : {}),
    ...(origin === undefined || level === 'none' ? {} : { origin: speaker.origin(origin) }),
  };
}

/**
 * Takes over the checksums of `image` together with their evidence: the two never come from different layers.
 *
 * The same SHA-256 with weaker evidence changes nothing, since stronger evidence already vouches for these bytes.
 * Another one wins, as the layer is higher, but not silently when its evidence is weaker: that warning is returned.
 */
export function takeChecksums(
  draft: Draft,
  id: string,
  image: ImageDocument,
  speaker: Speaker,
): LoopstickError | undefined {
  if (image.checksums === undefined) return undefined;
  const evidence = believe(image, speaker);
  const from = speaker.says('checksums', image.provenance, evidence.key);
  const before = draft.get('checksums') as Checksums | undefined;
  const trusted = draft.get('evidence') as Evidence | undefined;
  const former = draft.source('checksums')?.source;
  const weaker = trusted !== undefined && isWeakerThan(evidence.level, trusted.level);
  const same = before?.sha256 === image.checksums.sha256;
  if (same && weaker) return undefined;

  draft.set('checksums', image.checksums, from);
  draft.set('evidence', evidence, from);
  // A size belongs to the bytes that were measured.
  if (before !== undefined && !same && image.size === undefined) draft.drop('size');
  if (!weaker) return undefined;
  return failure(CATALOG_ERRORS.evidenceWeakened, {
    source: speaker.source.name,
    image: id,
    before: trusted.level,
    after: evidence.level,
    former: former ?? 'the others',
  });
}

/**
 * Takes over which keys may sign `image`. The word of a layer that is believed less than the one that named the keys
 * before counts, as that layer is higher, but not silently when it lets another key sign: that warning is returned.
 */
export function takeSignature(
  draft: Draft,
  id: string,
  image: ImageDocument,
  speaker: Speaker,
): LoopstickError | undefined {
  const { signature } = image;
  if (signature === undefined) return undefined;
  const before = draft.get('signature') as ImageSignature | undefined;
  const former = draft.source('signature');
  draft.set('signature', signature, speaker.says('signature', image.provenance));
  if (before === undefined || former === undefined) return undefined;
  const others = signature.keys.filter((key) => !before.keys.includes(key));
  if (others.length === 0 || !isWeakerThan(BELIEVED[speaker.source.layer], BELIEVED[former.layer])) return undefined;
  const values = { source: speaker.source.name, image: id, keys: others.join(', '), former: former.source };
  return failure(CATALOG_ERRORS.keysReplaced, values);
}
