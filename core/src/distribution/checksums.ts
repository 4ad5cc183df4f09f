import { parseMetalink } from '../download/metalink/metalink.ts';
import { failure, isLoopstickError, type LoopstickError } from '../engine/errors.ts';
import type { EvidenceLevel } from '../verify/evidence.ts';
import { parseChecksumList } from '../verify/checksum-list.ts';
import type { Digests } from '../verify/digests.ts';
import { addressOf } from './discover/discover.ts';
import { OddDocument } from './discover/row.ts';
import { DISTRIBUTION_ERRORS } from './distribution-errors.ts';
import type { ChecksumsRule } from './list-schema.ts';
import type { Reading } from './reading.ts';
import type { Values } from './template.ts';

/** A list of checksums that was read, and checked when it is signed. */
export interface ReadChecksums {
  readonly url: string;
  readonly level: Extract<EvidenceLevel, 'signed' | 'tls'>;
  /** Full fingerprint of the key that signed it. */
  readonly key?: string | undefined;
  readonly signed?: Date | undefined;
  readonly retrieved: Date;
  /** Name relative to the list's folder → what it says. */
  readonly files: ReadonlyMap<string, Digests>;
  readonly sizes: ReadonlyMap<string, number>;
}

export interface ChecksumsRequest {
  /** Of the list of images, for messages. */
  readonly list: string;
  readonly rule: ChecksumsRule;
  /** For the templates of the rule. */
  readonly values: Values;
  /** The versions that it is of, when that is known before it is read: only their keys may sign it. */
  readonly versions: readonly string[] | undefined;
}

/**
 * Reads a vendor's list of checksums, from where its templates lead.
 * @throws LoopstickError DISTRIBUTION_NO_KEY, DISTRIBUTION_LIST_MALFORMED, VERIFY_LIST_…, or with a code of
 *   DOCUMENT_ERRORS or SIGNATURE_ERRORS
 */
export async function readChecksums(
  reading: Reading,
  { list, rule, values, versions }: ChecksumsRequest,
): Promise<ReadChecksums> {
  const address = (template: string): string => {
    try {
      return addressOf(template, values);
    } catch (error) {
      if (error instanceof OddDocument) throw reading.malformed(template, list, error.message, error);
      throw error;
    }
  };
  const url = address(rule.url);
  const { signature } = rule;
  if (signature === undefined) {
    const { body, retrievedAt } = await reading.fetch(url);
    return { url, level: 'tls', retrieved: retrievedAt, ...(await parse(reading, rule, body, url, list)) };
  }
  const { loaded, plugin } = reading;
  const keys = await loaded.keysFor(versions ?? allVersions(reading));
  if (keys.length === 0) {
    const known = {
      plugin,
      distribution: loaded.description.distribution.id,
      version: versions?.join(', ') ?? '',
      url,
    };
    throw failure(DISTRIBUTION_ERRORS.noKey, known, { pluginId: plugin });
  }
  const { text, key, created, retrievedAt } = await reading.fetchSigned({
    url,
    signature: signature.form === 'clear' ? signature : { form: 'detached', url: address(signature.url) },
    keys,
  });
  const said = await parse(reading, rule, new TextEncoder().encode(text), url, list);
  return { url, level: 'signed', key, signed: created, retrieved: retrievedAt, ...said };
}

/** A version for each key: whose list it is will show when it is read, and then the key is compared once more. */
function allVersions({ loaded }: Reading): string[] {
  return loaded.description.keys.flatMap(({ releases = ['*'] }) => releases.map((rule) => rule.replace(/\.?\*$/, '')));
}

type Said = Pick<ReadChecksums, 'files' | 'sizes'>;

async function parse(
  reading: Reading,
  { format }: ChecksumsRule,
  body: Uint8Array,
  url: string,
  list: string,
): Promise<Said> {
  try {
    if (format === 'metalink') return await parseFiles(body, url);
    const { files, sizes } = parseChecksumList(new TextDecoder().decode(body), new URL(url).pathname);
    return { files, sizes };
  } catch (error) {
    if (!isLoopstickError(error)) throw error;
    throw reading.malformed(url, list, error.message, error);
  }
}

async function parseFiles(body: Uint8Array, url: string): Promise<Said> {
  const files = await parseMetalink(body, url);
  return {
    files: new Map(files.map(({ name, digests }) => [name, digests])),
    sizes: new Map(files.flatMap(({ name, size }) => (size === undefined ? [] : [[name, size] as const]))),
  };
}

/** Refuses a key that may sign lists, but not those of this version. */
export function wrongKey(reading: Reading, { url, key }: ReadChecksums, version: string): LoopstickError | undefined {
  if (key === undefined || reading.loaded.maySign(key, version)) return undefined;
  const { plugin, loaded } = reading;
  const values = { url, key, distribution: loaded.description.distribution.id, version };
  return failure(DISTRIBUTION_ERRORS.wrongKey, values, { pluginId: plugin });
}
