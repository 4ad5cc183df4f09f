/** The vendor's signature of an image itself, where that is what a vendor signs in place of a list. */
import { stat } from 'node:fs/promises';

import type { DocumentFetcher } from '../engine/fetch-document.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, messageOf } from '../engine/errors.ts';
import { hashProgress } from '../verify/hash-progress.ts';
import type { TrustedKey } from '../verify/signature/trusted-key.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import type { CatalogEntry } from './model.ts';
import type { ImageSignature } from './schema.ts';
import { requireDeclared } from './sync/declared-hosts.ts';

/** How an image can be shown to be its vendor's when it is there, whatever the evidence of its checksum. */
export interface ImageProof {
  /**
   * Whether the signature can be had, and is one that counts as far as that shows before the image is there. The vendor
   * is asked once; why it cannot is a warning, CATALOG_IMAGE_UNPROVEN.
   */
  ready(signal: AbortSignal): Promise<boolean>;
  /**
   * Reads the whole file. To be called after `ready` has said yes.
   * @throws LoopstickError CATALOG_IMAGE_SIGNATURE_BAD; the system's own errors; the signal's reason
   */
  check(file: string, signal: AbortSignal): Promise<void>;
}

/**
 * How to show that an image is its vendor's; nothing where that cannot be. Only the plugin's own word counts: the one that
 * names the signature has to pin its key, for this release, and may reach the server that has it.
 */
export async function imageProof(engine: Engine, { release, image }: CatalogEntry): Promise<ImageProof | undefined> {
  const { signature, provenance, id } = image;
  const by = provenance['signature'];
  if (signature === undefined || by === undefined) return undefined;
  const owner = engine.plugins.find(
    ({ manifest, state }) => state !== 'disabled' && OF_PLUGIN.some((layer) => by.source === `${layer}:${manifest.id}`),
  )?.manifest;
  if (owner?.distribution === undefined || !OF_PLUGIN.some((layer) => layer === by.layer)) return undefined;
  try {
    // Most commands need it not.
    const { loadDescription } = await import('../distribution/load-description.ts');
    const { directory, distribution: file, permissions } = owner;
    const { keysFor } = await loadDescription({ id: owner.id, directory, file, hosts: permissions.hosts });
    const keys = (await keysFor([release.version])).filter(({ fingerprint }) => signature.keys.includes(fingerprint));
    requireDeclared(engine.plugins, owner.id, signature.url);
    return keys.length === 0 ? undefined : new Proof(engine, id, signature, keys);
  } catch (error) {
    if (!isLoopstickError(error)) throw error;
    engine.events.emit('warning', unproven(id, error));
    return undefined;
  }
}

const OF_PLUGIN = ['upstream', 'embedded'] as const;

class Proof implements ImageProof {
  readonly #engine: Engine;
  readonly #image: string;
  readonly #place: ImageSignature;
  readonly #keys: readonly TrustedKey[];
  #signature: Promise<Uint8Array | undefined> | undefined;

  constructor(engine: Engine, image: string, place: ImageSignature, keys: readonly TrustedKey[]) {
    this.#engine = engine;
    this.#image = image;
    this.#place = place;
    this.#keys = keys;
  }

  async ready(signal: AbortSignal): Promise<boolean> {
    return (await (this.#signature ??= this.#fetch(signal))) !== undefined;
  }

  async check(file: string, signal: AbortSignal): Promise<void> {
    const signature = await this.#signature;
    if (signature === undefined)
      throw failure(CATALOG_ERRORS.imageUnproven, { image: this.#image, problem: 'no signature' });
    const { size } = await stat(file);
    const report = hashProgress(this.#engine, file);
    let done = 0;
    const onBytes = (count: number): void => {
      report((done += count), size);
    };
    try {
      await this.#verify(file, signature, { signal, onBytes });
    } catch (cause) {
      if (!isLoopstickError(cause)) throw cause;
      const values = { image: this.#image, file, url: this.#place.url, problem: messageOf(cause) };
      throw failure(CATALOG_ERRORS.imageSignatureBad, values, { cause });
    }
  }

  async #fetch(signal: AbortSignal): Promise<Uint8Array | undefined> {
    const fetchDocument: DocumentFetcher = this.#engine.context.fetchDocument;
    try {
      const { SIGNATURE_LIMIT } = await import('../verify/signature/verify-signature.ts');
      const { body } = await fetchDocument({ url: this.#place.url, maxBytes: SIGNATURE_LIMIT, signal });
      await this.#verify(undefined, body, { signal });
      return body;
    } catch (error) {
      if (!isLoopstickError(error)) throw error;
      this.#engine.events.emit('warning', unproven(this.#image, error));
      return undefined;
    }
  }

  async #verify(
    file: string | undefined,
    signature: Uint8Array,
    how: { readonly signal: AbortSignal; readonly onBytes?: (count: number) => void },
  ): Promise<void> {
    const { verifyDetachedFile } = await import('../verify/signature/verify-signature.ts');
    await verifyDetachedFile(file, signature, { ...how, keys: this.#keys, now: this.#engine.context.now() });
  }
}

function unproven(image: string, cause: Error): ReturnType<typeof failure> {
  return failure(CATALOG_ERRORS.imageUnproven, { image, problem: messageOf(cause) }, { cause });
}
