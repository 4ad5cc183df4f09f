/** Where the files of metadata come from: a server, or what is here already. */
import { failure, type CatalogReadRequest } from '@loopstick/core';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { METADATA_FOLDER } from '../tuf/roles.ts';
import type { TrustedRegistry } from './trusted-registries.ts';
import type { MetadataSource } from './verify-metadata.ts';
import { fetchFile } from './web-source.ts';

/** Roots that are known already, then what the registry has. */
export function webSource(
  registry: TrustedRegistry,
  fetch: CatalogReadRequest['fetch'],
  roots: readonly string[],
  timestamp: Uint8Array,
): MetadataSource {
  const known = byVersion(roots);
  let hasNewRoot = false;
  return async (file, maxBytes) => {
    // The one that was asked for first may be signed by keys that a new root has replaced just then.
    if (file === 'timestamp.json' && !hasNewRoot) return timestamp;
    const root = known.get(file);
    if (root !== undefined) return Buffer.from(root);
    const body = await metadataFile(registry, fetch, file, maxBytes);
    const isRoot = file.endsWith('.root.json');
    if (body === undefined && !isRoot) throw failure(REGISTRY_ERRORS.incomplete, { registry: registry.name, file });
    hasNewRoot ||= isRoot && body !== undefined;
    return body;
  };
}

/** Nothing but what is here already. */
export function localSource(roots: readonly string[], timestamp: string): MetadataSource {
  const known = new Map([...byVersion(roots), ['timestamp.json', timestamp]]);
  return async (file) => {
    const text = known.get(file);
    return Promise.resolve(text === undefined ? undefined : Buffer.from(text));
  };
}

/** By the names that the registry has for them. */
function byVersion(roots: readonly string[]): Map<string, string> {
  return new Map(
    roots.map((text) => [`${(JSON.parse(text) as { signed: { version: number } }).signed.version}.root.json`, text]),
  );
}

/** More than tuf-js takes there is no need to fetch. */
const TIMESTAMP_LIMIT = 16 * 1024;

/**
 * The file by which a registry tells that something is new.
 * @param fetchFirst ends the read when the file is the same as in the last good read, under the same address
 * @param mark goes behind the address, as a fragment, which no server gets to see: with the mark of a state the read ends
 *   when that state still holds, with another one it goes on in any case
 * @throws as fetchFile; LoopstickError REGISTRY_UNREACHABLE
 */
export async function fetchTimestamp(
  { name, url }: TrustedRegistry,
  fetchFirst: CatalogReadRequest['fetchFirst'],
  mark: string,
): Promise<Uint8Array> {
  const file = 'timestamp.json';
  const address = `${url}/${METADATA_FOLDER}/${file}`;
  const maxBytes = TIMESTAMP_LIMIT;
  const body = await fetchFile(fetchFirst, {
    registry: name,
    url: `${address}#${mark}`,
    file,
    maxBytes,
    promised: false,
  });
  if (body !== undefined) return body;
  throw failure(REGISTRY_ERRORS.unreachable, { registry: name, problem: `there is nothing at ${address}` });
}

async function metadataFile(
  { name, url }: TrustedRegistry,
  fetch: CatalogReadRequest['fetch'],
  file: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const promised = !/root|timestamp/.test(file);
  return fetchFile(fetch, { registry: name, url: `${url}/${METADATA_FOLDER}/${file}`, file, maxBytes, promised });
}
