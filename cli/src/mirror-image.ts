import {
  failure,
  gatherCandidates,
  listedImage,
  loadCatalog,
  selectImage,
  type Engine,
  type ListedImage,
  type MirrorCandidate,
  type MirrorMemory,
} from '@loopstick/core';

import { CLI_ERRORS } from './cli-errors.ts';
import { isPath } from './wishes.ts';

/** An image of the catalog, as far as mirrors are concerned. */
export interface MirroredImage {
  readonly id: string;
  /** In bytes, when the catalog knows it. */
  readonly size: number | undefined;
  readonly urls: readonly string[];
  readonly listed: ListedImage | undefined;
}

/** @throws LoopstickError CLI_USAGE, CATALOG_… */
export async function mirroredImage(engine: Engine, word: string, signal: AbortSignal): Promise<MirroredImage> {
  if (isPath(word)) {
    const problem = `"${word}" is a file and not in the catalog`;
    throw failure(CLI_ERRORS.usage, { problem, command: 'loopstick mirrors' });
  }
  const catalog = await loadCatalog(engine, { signal });
  const { id, file, size, mirrors: urls } = selectImage(catalog, word, engine.context.now()).image;
  return { id, size, urls, listed: listedImage({ id, file, urls }) };
}

/** Longer than a list may take to be fetched: who asks for mirrors wants all of them, or to know why not. */
const LISTS_MS = 12_000;

/** All its mirrors, with what is remembered of them; of an image of the catalog, all bytes are verified. */
export function mirrorsOf(
  engine: Engine,
  { urls, listed }: MirroredImage,
  { memory, signal }: { readonly memory: Pick<MirrorMemory, 'recall'>; readonly signal: AbortSignal },
): Promise<readonly MirrorCandidate[]> {
  const options = { memory, signal, withBanned: true, maxWaitMs: LISTS_MS };
  return gatherCandidates(engine, { urls, image: listed, verified: true, ...options });
}
