/** What an npm registry says of a package: the document that npm calls a packument. */
import {
  describeIssues,
  DOCUMENT_LIMIT,
  failure,
  isLoopstickError,
  messageOf,
  printable,
  systemCode,
  type Context,
  type NpmSettings,
} from '@loopstick/core';
import { z } from 'zod';

import { PLUGIN_ERRORS } from '../plugin-errors.ts';

/** One version of a package, as far as a plugin's block in its package.json was published with it. */
export interface NpmVersion {
  readonly version: string;
  /** Missing when the registry does not say. */
  readonly published?: Date | undefined;
  readonly deprecated?: string | undefined;
  /** Missing for what is not a plugin. */
  readonly plugin?: { readonly id: string; readonly engine: string; readonly kinds: readonly string[] } | undefined;
}

export interface Packument {
  readonly name: string;
  readonly versions: readonly NpmVersion[];
  /** Names that its author has given to versions: `latest`. */
  readonly tags: Readonly<Record<string, string>>;
  /** As it came. */
  readonly json: unknown;
  /** Where it came from. */
  readonly url: string;
}

const version = z.object({
  deprecated: z.string().optional().catch(undefined),
  loopstick: z
    .object({ id: z.string().max(64), engine: z.string().max(200), kinds: z.array(z.string().max(100)).max(16) })
    .optional()
    .catch(undefined),
});

const packument = z.object({
  name: z.string(),
  'dist-tags': z.record(z.string(), z.string()).default({}),
  versions: z.record(z.string(), version),
  time: z.record(z.string(), z.unknown()).default({}),
});

/**
 * Through the engine's own way to documents, with its limits: pacote would take an endless one.
 * @throws LoopstickError PLUGIN_NPM_MISSING, PLUGIN_NPM_FAILED; the signal's reason
 */
export async function readPackument(
  name: string,
  { registry }: NpmSettings,
  { fetchDocument }: Pick<Context, 'fetchDocument'>,
  signal: AbortSignal,
): Promise<Packument> {
  const url = `${registry.replace(/\/+$/, '')}/${name.replace('/', '%2f')}`;
  let json: unknown;
  try {
    const { body } = await fetchDocument({ url, maxBytes: DOCUMENT_LIMIT, accept: 'application/json', signal });
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    signal.throwIfAborted();
    if (isMissing(cause)) throw failure(PLUGIN_ERRORS.npmMissing, { registry, package: name }, { cause });
    if (systemCode(cause) !== undefined && !isLoopstickError(cause)) throw cause;
    throw failure(PLUGIN_ERRORS.npmFailed, { package: name, registry, problem: messageOf(cause) }, { cause });
  }
  const parsed = packument.safeParse(json);
  if (!parsed.success) {
    throw failure(PLUGIN_ERRORS.npmFailed, { package: name, registry, problem: describeIssues(parsed.error) });
  }
  // A registry, or a mirror of one, that answers with another package would have that one installed under this name.
  if (parsed.data.name !== name) {
    const problem = `it answers with the package "${printable(parsed.data.name, 100)}"`;
    throw failure(PLUGIN_ERRORS.npmFailed, { package: name, registry, problem });
  }
  const { versions, time } = parsed.data;
  return {
    name,
    versions: Object.entries(versions).map(([number, { deprecated, loopstick }]) => ({
      version: number,
      published: momentOf(Object.hasOwn(time, number) ? time[number] : undefined),
      deprecated,
      plugin: loopstick,
    })),
    tags: parsed.data['dist-tags'],
    json,
    url,
  };
}

function momentOf(text: unknown): Date | undefined {
  const moment = typeof text === 'string' ? new Date(text) : undefined;
  return moment === undefined || Number.isNaN(moment.getTime()) ? undefined : moment;
}

/** The status of the answer stands in its cause. */
function isMissing(error: unknown): boolean {
  if (!isLoopstickError(error, 'DOCUMENT_HTTP_STATUS')) return false;
  const { status, response } = (error.cause ?? {}) as {
    readonly status?: number;
    readonly response?: { readonly statusCode?: number };
  };
  return (status ?? response?.statusCode) === 404;
}
