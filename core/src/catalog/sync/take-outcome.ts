/** What becomes of what a source said: checked, judged, compared with the last good copy, and kept. */
import type { Engine } from '../../engine/engine.ts';
import { failure, isLoopstickError, type LoopstickError, messageOf } from '../../engine/errors.ts';
import type { CatalogSource, SourceOutcome } from '../../engine/hooks.ts';
import { formatBytes } from '../../engine/units.ts';
import { ENGINE_VERSION } from '../../engine/version.ts';
import { CATALOG_ERRORS } from '../catalog-errors.ts';
import { parseCatalogDocument } from '../parse-document.ts';
import type { CatalogDocument } from '../schema.ts';
import type { CatalogStore } from '../store/catalog-store.ts';
import { basisOf } from '../store/basis.ts';
import { pinsOf } from '../store/reading-rules.ts';
import { sha256Of } from '../store/sha256.ts';
import type { StoredSource } from '../store/stored-source.ts';
import { withdrawSignatures } from '../store/withdraw-signatures.ts';
import { carryOver } from './carry-over.ts';
import { compareDocuments, countChanges, countImages, type ChangeCounts } from './compare.ts';
import type { SourceReader } from './source-reader.ts';
import { isWithin } from './is-within.ts';
import { SYNC_ERRORS } from './sync-errors.ts';

/** After this a source is read as a whole even when its first document says that nothing is new. */
const WHOLE_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

/** Ten times what a catalog of 10,000 images has. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Lists that are signed are remembered, those of past releases as well, and what they name; but not without an end. */
const MOST_REMEMBERED = 5000;

export interface Taking {
  readonly engine: Pick<Engine, 'context' | 'events' | 'plugins' | 'settings'>;
  readonly store: CatalogStore;
  readonly reader: SourceReader;
  readonly stored: StoredSource | undefined;
  /** hashOfRules of its plugin; missing for the program's own. */
  readonly rules: string | undefined;
  /** Take also what has lost much. */
  readonly acceptLoss: boolean;
}

export interface Taken {
  readonly stored: StoredSource;
  /** Nothing failed while it was read. */
  readonly complete: boolean;
  /** Images that are still there because something failed. */
  readonly carried: number;
  /** Missing when the source says what it said before. */
  readonly changes?: ChangeCounts | undefined;
}

/** @throws LoopstickError of the source, CATALOG_MALFORMED, CATALOG_SHRUNK and others; the system's own errors */
export async function takeOutcome(outcome: SourceOutcome, taking: Taking): Promise<Taken> {
  const { engine, store, reader, stored } = taking;
  const confirmed = engine.context.now().toISOString();
  if (reader.isUnchanged && stored !== undefined) {
    const same = { ...stored, confirmed, complete: true };
    await store.update(same);
    return { stored: same, complete: true, carried: 0 };
  }
  if (outcome.error !== undefined) throw outcome.error as Error;
  const { document, vouched } = judged(outcome, taking);
  const before = stored === undefined ? undefined : await store.document(stored).catch(() => undefined);
  const since = stored !== undefined && !reader.isComplete && isYoung(stored, engine.context) ? stored.read : undefined;
  const carried =
    before === undefined || stored === undefined || since === undefined
      ? 0
      : carryOver(await asOfNow(before, taking), document, stored.confirmed.slice(0, 10));
  const text = textOf(document, outcome.source.name);
  const images = countImages(document);
  if (stored !== undefined && !taking.acceptLoss) refuseLoss(stored, images, engine.settings.catalog.maxLoss);
  const changes = countChanges(compareDocuments(before, document));
  const isNew = before === undefined || changes.added + changes.removed + changes.changed > 0;
  const next: StoredSource = {
    format: 1,
    source: outcome.source.name,
    layer: outcome.source.layer,
    plugin: outcome.pluginId,
    pluginVersion: pluginVersion(engine, outcome.pluginId),
    rules: taking.rules,
    basis: await basisOf(outcome.source),
    unsigned: reader.witness.unsigned,
    read: since ?? confirmed,
    confirmed,
    complete: reader.isComplete,
    changed: isNew ? confirmed : (stored?.changed ?? confirmed),
    first: reader.first,
    signatures: newest(stored?.signatures, reader.signatures),
    files: newest(stored?.files, vouched),
    key: isOwnRegistry(engine, outcome.source, outcome.pluginId) ? reader.key : undefined,
    freshness: { ...reader.freshness, expires: reader.freshness.expires?.toISOString() },
    document: { sha256: sha256Of(text), images, engine: ENGINE_VERSION },
    previous: isNew ? (before === undefined ? undefined : stored?.document) : stored?.previous,
  };
  await store.put(next, text);
  const taken = { stored: next, complete: reader.isComplete, carried };
  return isNew ? { ...taken, changes } : taken;
}

/** A copy of the last good document with what it is worth by the keys that the plugin names now. */
async function asOfNow(before: CatalogDocument, { engine, stored, rules }: Taking): Promise<CatalogDocument> {
  const document = structuredClone(before);
  const manifest = engine.plugins.find((plugin) => plugin.manifest.id === stored?.plugin)?.manifest;
  if (manifest !== undefined && rules !== stored?.rules) {
    withdrawSignatures(document, await pinsOf(manifest), stored?.unsigned ?? 'none');
  }
  return document;
}

/** Whether it was read as a whole so lately that what could not be had now may be taken from it. */
export function isYoung({ read }: StoredSource, { now }: Pick<Engine['context'], 'now'>): boolean {
  return isWithin(read, now(), WHOLE_AFTER_MS);
}

/** The version of a plugin, with which its way of reading changes. */
export function pluginVersion({ plugins }: Pick<Engine, 'plugins'>, id: string): string {
  return plugins.find(({ manifest }) => manifest.id === id)?.manifest.version ?? ENGINE_VERSION;
}

interface Judged {
  readonly document: CatalogDocument;
  readonly vouched: ReadonlyMap<string, Date>;
}

/** A copy of the document with evidence as it was seen. What a registry of the program's own says, it has checked. */
function judged({ source, pluginId, document }: SourceOutcome, { engine, reader, stored }: Taking): Judged {
  const parsed = parseCatalogDocument(document, source.name);
  if (isOwnRegistry(engine, source, pluginId)) return { document: parsed, vouched: new Map() };
  const { cut, outdated, vouched } = reader.witness.judge(parsed, stored?.files ?? {});
  if (cut !== undefined) {
    engine.events.emit('warning', failure(SYNC_ERRORS.claimCut, { source: source.name, ...cut }, { pluginId }));
  }
  if (outdated !== undefined) {
    reader.missed();
    engine.events.emit(
      'warning',
      failure(SYNC_ERRORS.imageOutdated, { source: source.name, ...outdated }, { pluginId }),
    );
  }
  return { document: parsed, vouched };
}

function isOwnRegistry({ plugins }: Pick<Engine, 'plugins'>, { layer }: CatalogSource, pluginId: string): boolean {
  return layer === 'registry' && !plugins.some(({ manifest }) => manifest.id === pluginId);
}

function textOf(document: CatalogDocument, source: string): string {
  let text: string;
  try {
    text = JSON.stringify(document);
  } catch (cause) {
    // Of fields that nobody checks: a circle, a number that JSON does not have, a depth that nobody reads.
    throw failure(CATALOG_ERRORS.malformed, { source, problem: messageOf(cause) }, { cause });
  }
  if (text.length <= MOST_BYTES) return text;
  throw failure(SYNC_ERRORS.tooLarge, { source, limit: formatBytes(MOST_BYTES) });
}

function refuseLoss({ source, document }: StoredSource, after: number, maxLoss: number): void {
  const before = document.images;
  if (before - after <= before * maxLoss) return;
  throw failure(SYNC_ERRORS.shrunk, { source, before, after, percent: Math.round(maxLoss * 100) });
}

/** The newest when there are too many. */
function newest(
  before: Readonly<Record<string, string>> | undefined,
  now: ReadonlyMap<string, Date>,
): Record<string, string> {
  const seen = new Map(Object.entries(before ?? {}));
  for (const [what, created] of now) seen.set(what, created.toISOString());
  const kept = [...seen].sort(([, a], [, b]) => (a < b ? 1 : -1)).slice(0, MOST_REMEMBERED);
  return Object.fromEntries(kept);
}

/** Whatever was thrown, as an error with a code. */
export function asFailure(source: string, error: unknown): LoopstickError {
  if (isLoopstickError(error)) return error;
  return failure(CATALOG_ERRORS.sourceFailed, { source, problem: messageOf(error) }, { cause: error });
}
