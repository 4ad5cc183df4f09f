/** Plugins of an npm registry: which release, and its tarball. */
import { join } from 'node:path';

import {
  failure,
  formatBytes,
  isLoopstickError,
  messageOf,
  systemCode,
  type Context,
  type NpmSettings,
} from '@loopstick/core';

import type { OwnedBlock } from '../blocks.ts';
import { blockOf } from '../blocks.ts';
import { chooseRelease } from '../choose-release.ts';
import type { FoundPackage } from '../found-package.ts';
import { integrityOf, TARBALL_LIMIT } from '../package-files.ts';
import { PLUGIN_ERRORS } from '../plugin-errors.ts';
import { readTarball } from '../read-tarball.ts';
import { loadPacote } from './pacote.ts';
import { readPackument, type NpmVersion, type Packument } from './packument.ts';

type Outer = Pick<Context, 'now' | 'fetchDocument' | 'paths'>;

const HOUR_MS = 60 * 60 * 1000;

/**
 * Finds and fetches a release. Nothing of it is run, also no script that it wants run when it is installed.
 * @throws LoopstickError PLUGIN_NPM_MISSING, PLUGIN_NPM_FAILED, PLUGIN_NPM_NO_PLUGIN, PLUGIN_NO_VERSION, PLUGIN_TOO_NEW,
 *   PLUGIN_BLOCKED, PLUGIN_INTEGRITY; those of readTarball; the signal's reason
 */
export async function fromNpm(
  wanted: { readonly package: string; readonly range: string | undefined },
  settings: NpmSettings,
  blocks: readonly OwnedBlock[],
  context: Outer,
  signal: AbortSignal,
): Promise<FoundPackage> {
  const packument = await readPackument(wanted.package, settings, context, signal);
  const { version, plugin } = chosen(packument, wanted.range, settings, blocks, context.now());
  const name = `${wanted.package}@${version}`;
  const { tarball, resolved, integrity } = await fetchTarball(packument, version, settings, context, signal);
  return {
    name,
    files: await readTarball(tarball, name),
    source: { type: 'npm', registry: settings.registry, package: wanted.package },
    resolved,
    integrity,
    announced: { version, ...plugin },
  };
}

function chosen(
  { name, versions, tags }: Packument,
  wanted: string | undefined,
  { minimumAgeHours }: NpmSettings,
  blocks: readonly OwnedBlock[],
  now: Date,
): NpmVersion {
  const plugins = versions.flatMap(({ plugin, ...rest }) =>
    plugin === undefined ? [] : [{ ...rest, ...plugin, plugin }],
  );
  if (plugins.length === 0) throw failure(PLUGIN_ERRORS.npmNoPlugin, { package: name });
  const tagged = wanted !== undefined && Object.hasOwn(tags, wanted) ? tags[wanted] : undefined;
  // What its author has not called the latest is for those who ask for it.
  const latest = Object.hasOwn(tags, 'latest') ? tags['latest'] : undefined;
  const range = tagged ?? wanted ?? (latest === undefined ? undefined : `<=${latest}`);
  return chooseRelease({
    id: name,
    range,
    command: (version) => `loopstick plugin install npm:${name}@${version}`,
    releases: plugins.map((release) => {
      const age = release.published === undefined ? -1 : now.getTime() - release.published.getTime();
      const isYoung = minimumAgeHours > 0 && age < minimumAgeHours * HOUR_MS;
      const block = blockOf(blocks, release.id, release.version);
      return { ...release, blocked: block, tooNew: isYoung ? minimumAgeHours : undefined };
    }),
  });
}

interface Tarball {
  readonly tarball: Uint8Array;
  readonly resolved: string;
  readonly integrity: string;
}

/** By pacote, which checks it against what the registry has said of it, and whether that is about this package. */
async function fetchTarball(
  { name, json, url }: Packument,
  version: string,
  { registry, minimumAgeHours }: NpmSettings,
  { paths, now }: Outer,
  signal: AbortSignal,
): Promise<Tarball> {
  const pacote = await loadPacote();
  const options = {
    registry,
    cache: join(paths.cache, 'npm'),
    fullMetadata: true,
    ...(minimumAgeHours > 0 ? { before: new Date(now().getTime() - minimumAgeHours * HOUR_MS) } : {}),
    // What was read already, within limits.
    packumentCache: new Map([[`full:${url}`, json]]),
    preferOnline: true,
    allowGit: 'none',
    allowRemote: 'none',
    allowDirectory: 'none',
    allowFile: 'none',
    ignoreScripts: true,
    fetchRetries: 2,
    timeout: 30_000,
    signal,
  } as const;
  const spec = `${name}@${version}`;
  try {
    const { _resolved: resolved, _integrity: announced } = await pacote.manifest(spec, options);
    // With an older checksum, or none, pacote would be content.
    if (announced?.includes('sha512-') !== true) throw new Error('the registry names no SHA-512 of it');
    const tarball = await pacote.tarball.stream(spec, async (stream) => collect(stream, spec), options);
    return { tarball, resolved, integrity: integrityOf(tarball) };
  } catch (cause) {
    signal.throwIfAborted();
    if (isLoopstickError(cause)) throw cause;
    const code = (cause as { readonly code?: unknown } | null)?.code;
    if (code === 'EINTEGRITY') throw failure(PLUGIN_ERRORS.integrity, { package: spec }, { cause });
    if (['ENOSPC', 'EROFS', 'EACCES', 'EDQUOT'].includes(systemCode(cause) ?? '')) throw cause;
    throw failure(PLUGIN_ERRORS.npmFailed, { package: spec, registry, problem: messageOf(cause) }, { cause });
  }
}

async function collect(stream: NodeJS.ReadableStream, name: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > TARBALL_LIMIT) {
      throw failure(PLUGIN_ERRORS.tooLarge, { package: name, limit: formatBytes(TARBALL_LIMIT) });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
