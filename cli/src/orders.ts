import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import {
  DOWNLOAD_ERRORS,
  ENGINE_ERRORS,
  failure,
  isLoopstickError,
  nameDownload,
  readMetalink,
  type DownloadJob,
  type DownloadSettings,
  type Engine,
} from '@loopstick/core';

import { rateOf, sizeOf } from './amount-options.ts';
import { CLI_ERRORS } from './cli-errors.ts';
import { digestsOf, type DigestOptions } from './digest-options.ts';

const COMMAND = 'loopstick download';

export interface UrlOptions extends DigestOptions {
  readonly url?: string;
  readonly mirror?: readonly string[];
  readonly size?: string;
  readonly output?: string;
  readonly force?: boolean;
}

export interface TransferOptions {
  readonly limitRate?: string;
  readonly connections?: string;
  readonly connectionsPerHost?: string;
  readonly retries?: string;
  readonly simultaneous?: string;
}

/**
 * What `--url` and the options beside it ask for.
 * @throws LoopstickError CLI_BAD_VALUE, CLI_BAD_SIZE; the signal's reason
 */
export async function orderUrl(
  engine: Engine,
  url: string,
  options: UrlOptions,
  signal: AbortSignal,
): Promise<DownloadJob> {
  const urls = [url, ...(options.mirror ?? [])];
  for (const [index, address] of urls.entries()) {
    await requireAddress(engine, address, index === 0 ? '--url' : '--mirror');
  }
  const digests = digestsOf(options, COMMAND);
  const size = sizeOf(options.size);
  const destination = await destinationOf(options.output, () => nameDownload(engine, url, signal));
  return { label: basename(destination), urls, size, digests, destination, replace: options.force };
}

/**
 * Everything that a metalink describes.
 * @throws LoopstickError FILE_NOT_FOUND, METALINK_UNREADABLE, METALINK_MALFORMED
 */
export async function orderMetalink(
  path: string,
  { output, force: replace }: UrlOptions,
  signal: AbortSignal,
): Promise<DownloadJob[]> {
  const files = await readMetalink(resolve(path), signal);
  return files.map(({ name, size, digests, pieces, urls }) => {
    const destination = join(resolve(output ?? '.'), name);
    return { label: name, urls: urls.map(({ url }) => url), size, digests, pieces, destination, replace };
  });
}

/**
 * @param places taken by others
 * @throws LoopstickError DOWNLOAD_DESTINATION_SHARED when two would be one file
 */
export function requireOwnPlaces(jobs: readonly DownloadJob[], places: readonly string[]): void {
  const taken = new Map(places.map((place) => [place.toLowerCase(), basename(place)]));
  for (const { label, destination: file } of jobs) {
    // Not every file system tells capitals from small letters.
    const other = taken.get(file.toLowerCase());
    if (other !== undefined) throw failure(DOWNLOAD_ERRORS.destinationShared, { first: other, second: label, file });
    taken.set(file.toLowerCase(), label);
  }
}

/**
 * What the command line wants otherwise than the settings.
 * @throws LoopstickError CLI_BAD_VALUE
 */
export function transferSettings(options: TransferOptions, { retry }: DownloadSettings): Partial<DownloadSettings> {
  const { limitRate, connections, connectionsPerHost, retries, simultaneous } = options;
  return {
    ...(limitRate === undefined ? {} : { rateLimit: rateOf(limitRate, '--limit-rate', COMMAND) }),
    ...(connections === undefined ? {} : { connectionsPerDownload: count('--connections', connections) }),
    ...(connectionsPerHost === undefined
      ? {}
      : { connectionsPerHost: count('--connections-per-host', connectionsPerHost) }),
    ...(simultaneous === undefined ? {} : { simultaneous: count('--simultaneous', simultaneous) }),
    ...(retries === undefined ? {} : { retry: { ...retry, attempts: count('--retries', retries) } }),
  };
}

/** A whole number, the larger the sooner. @throws LoopstickError CLI_BAD_VALUE */
export function priorityOf(value: string | undefined): number {
  if (value === undefined) return 0;
  if (!/^-?\d{1,4}$/.test(value)) throw badValue('--priority', value, 'it is not a whole number');
  return Number(value);
}

function count(option: string, value: string): number {
  const number = /^\d{1,2}$/.test(value) ? Number(value) : NaN;
  if (number >= 1 && number <= 64) return number;
  throw badValue(option, value, 'it is not a number from 1 to 64');
}

/**
 * An address of the web, or one of which some transport knows the scheme.
 * @throws LoopstickError CLI_BAD_VALUE
 */
export async function requireAddress(engine: Engine, value: string, option: string): Promise<void> {
  const address = URL.canParse(value) ? new URL(value) : undefined;
  if (address?.protocol === 'http:' || address?.protocol === 'https:') return;
  const bad = badValue(option, withoutSecrets(value), 'it is not an http or https address, nor that of a torrent');
  if (address === undefined) throw bad;
  await engine.transport(value).catch((error: unknown) => {
    throw isLoopstickError(error, ENGINE_ERRORS.noSuchPart.code) ? bad : error;
  });
}

/** What may be shown of something that is no address, or not one of the web: a user's name and password may be in it. */
function withoutSecrets(value: string): string {
  return value.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1').replace(/[?#].*$/s, '');
}

/** A folder that exists, or a path that ends in a slash, takes the file under the name that it has there. */
async function destinationOf(output: string | undefined, name: () => Promise<string>): Promise<string> {
  if (output === undefined) return resolve(await name());
  const isFolder =
    output.endsWith('/') ||
    (await stat(output).then(
      (info) => info.isDirectory(),
      () => false,
    ));
  return isFolder ? join(resolve(output), await name()) : resolve(output);
}

function badValue(option: string, value: string, problem: string): Error {
  return failure(CLI_ERRORS.badValue, { option, value, problem, command: COMMAND });
}
