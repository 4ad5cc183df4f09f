import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Context } from '../../engine/context.ts';
import { writeFileDurably } from '../../engine/durable.ts';
import { failure, reasonOf, systemCode, type LoopstickError } from '../../engine/errors.ts';
import { describeIssues } from '../../engine/issues.ts';
import { makeFolder } from '../../engine/make-folder.ts';
import { ENGINE_VERSION } from '../../engine/version.ts';
import { parseCatalogDocument } from '../parse-document.ts';
import type { CatalogDocument } from '../schema.ts';
import { SYNC_ERRORS } from '../sync/sync-errors.ts';
import { namePath } from './name-path.ts';
import { readRegularFile } from '../../engine/regular-file.ts';
import { sha256Of } from './sha256.ts';
import { storedSourceSchema, type StoredDocument, type StoredSource } from './stored-source.ts';

const HEAD = 'source.json';
/** A document, or what a writer that was killed has left of one or of a head: nothing else in the folder is the store's. */
const OWN_FILE = /^(?:[0-9a-f]{32}\.json|(?:[0-9a-f]{32}|source)\.json\.[0-9a-f]+\.tmp)$/;

/** What is kept of one source, or why that cannot be used. */
export type StoredOutcome =
  { readonly stored: StoredSource } | { readonly name: string; readonly error: LoopstickError };

/**
 * The last good copy of what each source on the web said, a folder a source: a head, and the document that it names by
 * its hash. A document is written before the head that names it and removed after the one that no longer does, so a
 * reader sees the one or the other, whenever the writer stops. Writers take turns: see sync/sync-lock.ts.
 */
export class CatalogStore {
  readonly #root: string;
  readonly #random: Context['random'];

  constructor({ paths, random }: Pick<Context, 'paths' | 'random'>) {
    this.#root = join(paths.data, 'catalog');
    this.#random = random;
  }

  /** All that is there, by source. */
  async all(): Promise<StoredOutcome[]> {
    const folders = await readdir(this.#root).catch(nothingThere);
    const outcomes = await Promise.all(
      (folders ?? []).sort().map(async (folder): Promise<StoredOutcome | undefined> => {
        try {
          const stored = await this.#head(join(this.#root, folder), folder);
          return stored === undefined ? undefined : { stored };
        } catch (error) {
          return { name: folder, error: error as LoopstickError };
        }
      }),
    );
    return outcomes.filter((outcome) => outcome !== undefined);
  }

  /** @throws LoopstickError CATALOG_STORE_UNREADABLE */
  async read(source: string): Promise<StoredSource | undefined> {
    return this.#head(this.#folder(source), source);
  }

  /**
   * The document, or the one before.
   *
   * What this version of the engine has written it has checked, and the hash says that it is the same: whoever could
   * change both could change the program's settings as well. What another version has checked is checked again.
   *
   * @throws LoopstickError CATALOG_STORE_UNREADABLE, CATALOG_MALFORMED, CATALOG_SCHEMA_UNSUPPORTED
   */
  async document(stored: StoredSource, wanted: StoredDocument = stored.document): Promise<CatalogDocument> {
    const json = JSON.parse((await this.#bytes(stored, wanted)).toString('utf8')) as unknown;
    return wanted.engine === ENGINE_VERSION ? (json as CatalogDocument) : parseCatalogDocument(json, stored.source);
  }

  /** Whether the document is there as it was written. */
  async isWhole(stored: StoredSource): Promise<boolean> {
    return this.#bytes(stored, stored.document).then(
      () => true,
      () => false,
    );
  }

  /**
   * Keeps a document that was checked, and what is known of it.
   * @param text the document as JSON
   * @throws the system's own errors
   */
  async put(stored: StoredSource, text: string): Promise<void> {
    const folder = this.#folder(stored.source);
    await makeFolder(folder);
    const file = documentFile(folder, stored.document);
    await namePath(file, writeFileDurably(file, text, this.#suffix()));
    await this.update(stored);
    const kept = [stored.document, stored.previous].map((each) =>
      each === undefined ? '' : documentFile(folder, each),
    );
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      if (OWN_FILE.test(name) && !kept.includes(path)) await rm(path, { force: true });
    }
  }

  /** Keeps what is known of a document that is there already. @throws the system's own errors */
  async update(stored: StoredSource): Promise<void> {
    const file = join(this.#folder(stored.source), HEAD);
    await namePath(file, writeFileDurably(file, JSON.stringify(stored), this.#suffix()));
  }

  /** Forgets all that a source has said. */
  async remove(source: string): Promise<void> {
    await rm(this.#folder(source), { recursive: true, force: true });
  }

  /** @throws LoopstickError CATALOG_STORE_UNREADABLE */
  async #bytes({ source }: StoredSource, wanted: StoredDocument): Promise<Buffer> {
    const bytes = await readRegularFile(documentFile(this.#folder(source), wanted)).catch((error: unknown) => {
      throw unreadable(source, reasonOf(error), error);
    });
    if (sha256Of(bytes) !== wanted.sha256) throw unreadable(source, 'it is damaged');
    return bytes;
  }

  async #head(folder: string, name: string): Promise<StoredSource | undefined> {
    let json: unknown;
    try {
      json = JSON.parse(String(await readRegularFile(join(folder, HEAD))));
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
      throw unreadable(name, reasonOf(error), error);
    }
    const parsed = storedSourceSchema.safeParse(json);
    if (!parsed.success) throw unreadable(name, describeIssues(parsed.error));
    return parsed.data;
  }

  /** A name that a person can read, and that is no other source's. */
  #folder(source: string): string {
    const plain = source
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .slice(0, 60);
    return join(this.#root, `${plain}-${sha256Of(source).slice(0, 8)}`);
  }

  #suffix(): string {
    return Buffer.from(this.#random(6)).toString('hex');
  }
}

function documentFile(folder: string, { sha256 }: StoredDocument): string {
  return join(folder, `${sha256.slice(0, 32)}.json`);
}

function unreadable(source: string, problem: string, cause?: unknown): LoopstickError {
  return failure(SYNC_ERRORS.storeUnreadable, { source, problem }, { cause });
}

function nothingThere(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
}
