import {
  catalogEntries,
  endedWarning,
  ENGINE_ERRORS,
  failure,
  fetchImage,
  imageProof,
  isWeakerThan,
  loadCatalog,
  localImage,
  requireEvidence,
  selectImage,
  STICK_ERRORS,
  torrentAddresses,
  type Catalog,
  type CatalogEntry,
  type Engine,
  type EvidenceLevel,
  type ImageProof,
  type LockedImage,
  type StickImage,
  type StickLock,
} from '@loopstick/core';

import { withDownloads, type RunDownload } from './downloading.ts';
import { confirm } from './prompt.ts';
import type { Session } from './session.ts';

/** What the user asked for, resolved: an image of the catalog (or of a lock) or a file of the user's own. */
export type Wish =
  | {
      readonly kind: 'catalog';
      readonly locked: LockedImage;
      readonly proof?: ImageProof | undefined;
      /** Addresses besides those that are locked: of its torrents, when they are wanted. */
      readonly more?: readonly string[];
    }
  | { readonly kind: 'local'; readonly locked: LockedImage; readonly image: StickImage };

/** True for what can only be meant as a file: a path or a name that ends in `.iso`. */
export function isPath(word: string): boolean {
  return /^(\.{0,2}\/|~\/)/.test(word) || /\.iso$/i.test(word);
}

/**
 * Resolves every word, without downloading anything. What the lock already knows stays as it is locked.
 * @throws LoopstickError CATALOG_…, STICK_UNREADABLE, ISO_UNREADABLE, RECIPE_NONE, STICK_LOCK_DIFFERS
 */
export async function resolveWishes(
  engine: Engine,
  words: readonly string[],
  lock: StickLock | undefined,
  signal: AbortSignal,
): Promise<Wish[]> {
  const wishes: Wish[] = [];
  const inCatalog = words.filter((word) => !isPath(word));
  const catalog = inCatalog.length === 0 ? undefined : await loadCatalog(engine, { signal });
  // References first: they are resolved at once, and a typing error should not wait for files to be hashed.
  const chosen = new Map<string, Wish>();
  for (const word of inCatalog) {
    const known = lock?.images.find(({ reference }) => reference === word);
    if (catalog === undefined) continue;
    const entry = known === undefined ? chooseImage(engine, catalog, word) : entryOf(known, catalog);
    const level = entry?.image.evidence.level ?? 'none';
    const proof = entry === undefined || level === 'signed' ? undefined : await imageProof(engine, entry);
    const locked = known === undefined ? entry && lockEntry(word, entry) : { ...known, evidence: level };
    // A lock names mirrors only: whether torrents are used is up to whoever uses it.
    const more = entry === undefined ? [] : torrentAddresses(entry.image, engine.settings.downloads);
    if (locked !== undefined) chosen.set(word, { kind: 'catalog', locked, proof, more });
  }
  for (const word of words) wishes.push(chosen.get(word) ?? (await resolveFile(engine, word, lock, signal)));
  return wishes;
}

/** The image that a reference means, with a warning when there are no updates for it any more. */
function chooseImage(engine: Engine, catalog: Catalog, word: string): CatalogEntry {
  const now = engine.context.now();
  const entry = selectImage(catalog, word, now);
  const warning = endedWarning(entry, now);
  if (warning !== undefined) engine.events.emit('warning', warning);
  return entry;
}

/** A lock says which bytes, but anyone can write one: who vouches for them is up to the catalog. */
function entryOf({ id, sha256 }: LockedImage, catalog: Catalog): CatalogEntry | undefined {
  return catalogEntries(catalog).find(({ image }) => image.id === id && image.checksums.sha256 === sha256);
}

function lockEntry(reference: string, { image }: CatalogEntry): LockedImage {
  return {
    reference,
    id: image.id,
    name: image.file,
    ...(image.size === undefined ? {} : { size: image.size }),
    sha256: image.checksums.sha256,
    evidence: image.evidence.level,
    urls: [...image.mirrors],
  };
}

async function resolveFile(
  engine: Engine,
  word: string,
  lock: StickLock | undefined,
  signal: AbortSignal,
): Promise<Wish> {
  const image = await localImage(engine, word, signal);
  const { id, name, size, sha256, evidence } = image;
  const known = lock?.images.find(({ reference }) => reference === word);
  if (known !== undefined && known.sha256 !== sha256) {
    const actual = `a file with the SHA-256 ${sha256}`;
    throw failure(STICK_ERRORS.lockDiffers, { what: word, actual, wanted: known.sha256 });
  }
  return { kind: 'local', image, locked: { reference: word, id, name, size, sha256, evidence, urls: [] } };
}

/**
 * Nothing below the wanted evidence is used without being asked for. A file that the user named is asked for.
 * @param accept what the user accepts on the command line
 * @param yes do not ask
 * @throws LoopstickError EVIDENCE_TOO_WEAK, INTERRUPTED
 */
export async function requireAccepted(
  session: Session,
  engine: Engine,
  wishes: readonly Wish[],
  options: { readonly accept?: EvidenceLevel; readonly yes?: boolean },
): Promise<void> {
  const { terminal, signal } = session;
  const minimum = options.accept ?? engine.settings.trust.minimum;
  for (const wish of wishes) {
    const { kind, locked } = wish;
    if (kind === 'local' || !isWeakerThan(locked.evidence, minimum)) continue;
    // Its own signature is checked when it is there, before anything is done with it.
    if ((await wish.proof?.ready(signal)) === true) continue;
    if (!terminal.interactive || options.yes === true) requireEvidence(locked.id, locked.evidence, minimum);
    terminal.error(`${locked.id}: ${MEANING[locked.evidence]}`);
    if (!(await confirm('Use it all the same?', signal))) requireEvidence(locked.id, locked.evidence, minimum);
  }
}

const MEANING: Readonly<Record<EvidenceLevel, string>> = {
  signed: 'the vendor signed its checksum.',
  registry: 'the signed registry vouches for its checksum.',
  tls: 'its checksum comes from the vendor, but without a signature (evidence "tls").',
  none: 'nobody but the catalog you gave vouches for its checksum (evidence "none").',
};

/** The verified file of a wish, downloaded where it is not there yet. */
export async function fetchWish(
  engine: Engine,
  wish: Wish,
  run: RunDownload,
  signal: AbortSignal,
): Promise<StickImage> {
  if (wish.kind === 'local') return wish.image;
  const { id, name, size, sha256 } = wish.locked;
  const { proof, more = [] } = wish;
  const urls = [...wish.locked.urls, ...more];
  signal.throwIfAborted();
  const isProven = (await proof?.ready(signal)) === true;
  const evidence = isProven ? 'signed' : wish.locked.evidence;
  const prove = isProven ? async (file: string) => proof?.check(file, signal) : undefined;
  const fetched = await fetchImage(engine, { id, file: name, urls, size, sha256 }, { signal, prove }, (job) => {
    engine.events.emit('step', { step: 'download', detail: id });
    return run(job);
  });
  return { id, name, sha256, evidence, size: fetched.size, file: fetched.path };
}

/** The files of all wishes, fetched at the same time, in their order. When one fails, the others are paused. */
export function fetchWishes(session: Session, engine: Engine, wishes: readonly Wish[]): Promise<StickImage[]> {
  return withDownloads(session, engine, (run) =>
    Promise.all(wishes.map((wish) => fetchWish(engine, wish, run, session.signal))),
  );
}

/** @throws LoopstickError TOOL_MISSING */
export function requireTool(path: string | undefined, tool: string): void {
  if (path === undefined) throw failure(ENGINE_ERRORS.toolMissing, { tool });
}
