/** The workflow of a TUF client (specification, section 5) by tuf-js, from a trusted root to the list of targets. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { failure, messageOf, systemCode } from '@loopstick/core';
import { Updater, type Fetcher } from 'tuf-js';
import { DownloadHTTPError, EqualVersionError, PersistError } from 'tuf-js/dist/error.js';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import type { MetadataTexts } from './metadata-view.ts';
import { refusalError, type Refusal } from './refusals.ts';
import { watchStore } from './watch-store.ts';

/** Gives a file of metadata by its name; undefined when there is none. */
export type MetadataSource = (file: string, maxBytes: number) => Promise<Uint8Array | undefined>;

/** The newest files that were verified ever, whether or not all of a state could be had. */
export type SeenMetadata = Readonly<Partial<Record<'timestamp' | 'snapshot' | 'targets', string | undefined>>>;

export interface VerifyInput {
  readonly registry: string;
  /** The root that is trusted without proof. */
  readonly anchor: string;
  readonly seen: SeenMetadata;
  readonly source: MetadataSource;
  /** Nothing may have expired by then. */
  readonly now: Date;
}

export interface VerifyOutcome {
  /** Roots after the anchor that were accepted, oldest first. */
  readonly roots: readonly string[];
  readonly seen: SeenMetadata;
  /** All four files, when they are good. */
  readonly texts?: MetadataTexts | undefined;
  /** Why they are not. */
  readonly error?: unknown;
}

/**
 * Limits before anything is verified. The root's is far below that of tuf-js: a root comes unannounced from whoever
 * answers, and the time to read one grows with the square of its length.
 */
const LIMITS = {
  rootMaxLength: 64 * 1024,
  timestampMaxLength: 16 * 1024,
  snapshotMaxLength: 256 * 1024,
  targetsMaxLength: 4 * 1024 * 1024,
  maxRootRotations: 256,
};

/**
 * Follows the roots from the anchor, then timestamp, snapshot and targets. It works on copies in a folder of its own, so
 * that what is remembered changes as a whole or not at all.
 *
 * `error` of the outcome is a LoopstickError of REGISTRY_ERRORS, or what `source` threw.
 * @throws LoopstickError REGISTRY_ROOT_UNUSABLE; the system's own errors
 */
export async function verifyMetadata(input: VerifyInput): Promise<VerifyOutcome> {
  const { registry, anchor, seen, now } = input;
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-registry-'));
  try {
    for (const [role, text] of Object.entries({ root: anchor, ...seen })) {
      if (text !== undefined) await writeFile(join(folder, `${role}.json`), text);
    }
    const fetcher = new SourceFetcher(input.source);
    const updater = createUpdater(registry, folder, fetcher);
    const roots: string[] = [];
    let refusal: Refusal | undefined;
    const store = watchStore(updater, now, {
      accepted: (role, bytes) => role === 'root' && roots.push(bytes.toString('utf8')),
      refused: (role, bytes, error) => {
        // What is remembered may be refused, after a change of keys for instance: then it counts no longer.
        if (fetcher.brought(bytes) && !(error instanceof EqualVersionError)) refusal = { role, bytes, error };
      },
    });
    let error: unknown;
    try {
      await updater.refresh();
    } catch (thrown) {
      if (thrown instanceof PersistError) await throwAsSystem(folder, thrown);
      error =
        fetcher.failure ??
        (refusal === undefined ? undefined : refusalError(registry, refusal, store, now)) ??
        failure(
          REGISTRY_ERRORS.malformed,
          { registry, file: 'metadata', problem: messageOf(thrown) },
          { cause: thrown },
        );
    }
    const files = await readBack(folder);
    const { root = anchor, timestamp, snapshot, targets } = files;
    const isWhole = timestamp !== undefined && snapshot !== undefined && targets !== undefined;
    return {
      roots,
      seen: { timestamp, snapshot, targets },
      texts: error === undefined && isWhole ? { root, timestamp, snapshot, targets } : undefined,
      error,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** tuf-js asks by addresses; what is behind them is the source's business. */
const NOWHERE = 'https://registry.invalid/metadata';

function createUpdater(registry: string, metadataDir: string, fetcher: Fetcher): Updater {
  try {
    return new Updater({ metadataDir, metadataBaseUrl: NOWHERE, fetcher, config: LIMITS });
  } catch (cause) {
    const file = `The root of trust of ${registry}`;
    throw failure(REGISTRY_ERRORS.rootUnusable, { file, problem: messageOf(cause) }, { cause });
  }
}

class SourceFetcher implements Fetcher {
  readonly #source: MetadataSource;
  readonly #brought = new WeakSet<Buffer>();
  /** Why a file could not be had, in our own words. */
  failure: unknown;

  constructor(source: MetadataSource) {
    this.#source = source;
  }

  brought(bytes: Buffer): boolean {
    return this.#brought.has(bytes);
  }

  async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    let body: Uint8Array | undefined;
    try {
      body = await this.#source(basename(new URL(url).pathname), maxLength);
    } catch (error) {
      this.failure = error;
      throw error;
    }
    // By this answer tuf-js knows that it has the newest root.
    if (body === undefined) throw new DownloadHTTPError('there is none', 404);
    const bytes = Buffer.from(body);
    this.#brought.add(bytes);
    return bytes;
  }

  // Targets are fetched elsewhere: refreshing metadata asks for none.
  async downloadFile<T>(): Promise<T> {
    throw new TypeError('only metadata is fetched in this way');
  }
}

/** tuf-js makes a text of an error of the system. Writing once more brings the error itself. */
async function throwAsSystem(folder: string, thrown: unknown): Promise<never> {
  await writeFile(join(folder, 'once-more.json'), Buffer.alloc(LIMITS.rootMaxLength));
  throw thrown;
}

async function readBack(folder: string): Promise<Partial<MetadataTexts>> {
  const read = async (role: string): Promise<string | undefined> => {
    try {
      return await readFile(join(folder, `${role}.json`), 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  };
  const [root, timestamp, snapshot, targets] = await Promise.all(
    ['root', 'timestamp', 'snapshot', 'targets'].map(read),
  );
  return {
    ...(root !== undefined && { root }),
    ...(timestamp !== undefined && { timestamp }),
    ...(snapshot !== undefined && { snapshot }),
    ...(targets !== undefined && { targets }),
  };
}
