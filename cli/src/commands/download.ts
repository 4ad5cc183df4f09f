import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import {
  failure,
  formatBytes,
  HASH_ALGORITHMS,
  haveFile,
  isLoopstickError,
  isMetalinkName,
  messageOf,
  placeFile,
  placesIn,
  strongestOf,
  type DownloadJob,
  type DownloadResult,
  type Engine,
  type EvidenceLevel,
  type HashAlgorithm,
  type LinkWay,
  type StickImage,
} from '@loopstick/core';

import { CLI_ERRORS, NO_NAME } from '../cli-errors.ts';
import { withDownloads, type RunDownload } from '../downloading.ts';
import { mirrorSettings, requireNamed, type MirrorOptions } from '../mirror-options.ts';
import {
  orderMetalink,
  orderUrl,
  priorityOf,
  requireAddress,
  requireOwnPlaces,
  transferSettings,
  type TransferOptions,
  type UrlOptions,
} from '../orders.ts';
import { showProgress } from '../output/progress.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import type { Session } from '../session.ts';
import { fetchWish, isPath, requireAccepted, resolveWishes, type Wish } from '../wishes.ts';

const COMMAND = 'loopstick download';

interface DownloadOptions extends UrlOptions, TransferOptions, MirrorOptions {
  readonly priority?: string;
  readonly torrents?: boolean;
  readonly link?: LinkWay;
  readonly yes?: boolean;
  readonly accept?: EvidenceLevel;
}

/** Everything that can be refused is refused before the first download. */
export async function download(session: Session, words: readonly string[], options: DownloadOptions): Promise<void> {
  const { terminal, signal } = session;
  requireUsage(words, options);
  const priority = priorityOf(options.priority);
  const engine = await session.engine(({ downloads, mirrors, ...others }) => ({
    ...others,
    downloads: {
      ...downloads,
      ...transferSettings(options, downloads),
      torrents: options.torrents ?? downloads.torrents,
    },
    mirrors: mirrorSettings(options, mirrors, COMMAND),
  }));
  await requireNamed(engine, options);
  const stop = showProgress(engine.events, terminal);
  try {
    const jobs = await orders(engine, words.filter(isMetalinkName), options, signal);
    const references = words.filter((word) => !isMetalinkName(word));
    const found = references.length === 0 ? [] : await resolveWishes(engine, references, undefined, signal);
    const wishes = options.url === undefined ? await withMirrors(engine, found, options.mirror ?? []) : found;
    await requireAccepted(session, engine, wishes, options);
    const names = wishes.map(({ locked: { id, name, sha256 } }) => ({ label: id, name, sha256 }));
    const places = options.output === undefined ? undefined : placesIn(resolve(options.output), names);
    requireOwnPlaces(jobs, places ?? []);

    const work = (run: RunDownload): Promise<PromiseSettledResult<Delivered>[]> =>
      Promise.allSettled([
        ...wishes.map((wish, index) => haveImage(engine, wish, places?.[index], options, run, signal)),
        ...jobs.map((job) => fetchFile(engine, job, options, run, signal)),
      ]);
    const outcomes = await withDownloads(session, engine, work, { priority });
    stop();
    report(terminal, outcomes);
  } finally {
    stop();
  }
}

/** @throws LoopstickError CLI_USAGE */
function requireUsage(words: readonly string[], options: DownloadOptions): void {
  const wrong = (problem: string): Error => failure(CLI_ERRORS.usage, { problem, command: COMMAND });
  if (options.output === '') throw wrong(NO_NAME);
  const path = words.find((word) => isPath(word) && !isMetalinkName(word));
  if (path !== undefined) throw wrong(`"${path}" is a file and not in the catalog`);
  if (options.url === undefined) {
    if (words.length === 0) throw wrong('say what to download: images, a metalink, or --url');
    const needless = (['size', ...HASH_ALGORITHMS] as const).find((name) => options[name] !== undefined);
    if (needless !== undefined) throw wrong(`--${needless} goes with --url`);
    if (options.mirror !== undefined && (words.length > 1 || words.some(isMetalinkName))) {
      throw wrong('--mirror goes with --url, or with one image');
    }
  } else if (words.length > 0) {
    throw wrong('--url downloads one file, and no images beside it');
  }
}

/** Further addresses of the one image that is wanted. */
async function withMirrors(engine: Engine, wishes: readonly Wish[], mirrors: readonly string[]): Promise<Wish[]> {
  for (const mirror of mirrors) await requireAddress(engine, mirror, '--mirror');
  return wishes.map((wish) => (wish.kind === 'local' ? wish : { ...wish, more: [...mirrors, ...(wish.more ?? [])] }));
}

async function orders(
  engine: Engine,
  metalinks: readonly string[],
  options: DownloadOptions,
  signal: AbortSignal,
): Promise<DownloadJob[]> {
  if (options.url !== undefined) return [await orderUrl(engine, options.url, options, signal)];
  const jobs = [];
  for (const metalink of metalinks) jobs.push(...(await orderMetalink(metalink, options, signal)));
  return jobs;
}

/** What is told of a file that is there now. */
type Delivered =
  | { readonly kind: 'image'; readonly image: StickImage }
  | { readonly kind: 'file'; readonly label: string; readonly result: DownloadResult };

async function haveImage(
  engine: Engine,
  wish: Wish,
  destination: string | undefined,
  { force: replace, link }: DownloadOptions,
  run: RunDownload,
  signal: AbortSignal,
): Promise<Delivered> {
  const image = await fetchWish(engine, wish, run, signal);
  if (destination === undefined) return { kind: 'image', image };
  const { id: label, file, size, sha256 } = image;
  await placeFile(engine, { label, file, size, sha256, destination, replace, link }, signal);
  return { kind: 'image', image: { ...image, file: destination } };
}

async function fetchFile(
  engine: Engine,
  job: DownloadJob,
  { link }: DownloadOptions,
  run: RunDownload,
  signal: AbortSignal,
): Promise<Delivered> {
  await mkdir(dirname(job.destination), { recursive: true });
  const here = await haveFile(engine, job, { signal, link });
  if (here !== undefined) return { kind: 'file', label: job.label, result: here };
  engine.events.emit('step', { step: 'download', detail: job.label });
  return { kind: 'file', label: job.label, result: await run(job) };
}

/** Prints what came of each. @throws the first failure, after all others have been told as warnings */
function report(terminal: Terminal, outcomes: readonly PromiseSettledResult<Delivered>[]): void {
  const delivered = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  // A document says that all went well.
  if (failures.length === 0) terminal.document(delivered.map(describe));
  const images = delivered.filter((one) => one.kind === 'image').map(({ image }) => image);
  const files = delivered.filter((one) => one.kind === 'file').map(({ result }) => result);
  const imageRows = images.map(({ id, size, evidence, file }) => [id, formatBytes(size), evidence, file]);
  const fileRows = files.map((result) => [result.path, formatBytes(result.size), verdict(result)]);
  if (images.length > 0)
    for (const line of table(['IMAGE', 'SIZE', 'EVIDENCE', 'FILE'], imageRows)) terminal.data(line);
  if (files.length > 0) for (const line of table(['FILE', 'SIZE', 'VERIFIED'], fileRows)) terminal.data(line);
  const [first, ...others] = failures;
  for (const other of others) {
    terminal.warn(isLoopstickError(other) ? other : { message: messageOf(other), hint: '' });
  }
  if (failures.length > 0) throw first;
}

function describe(delivered: Delivered): object {
  if (delivered.kind === 'image') return delivered.image;
  const { path, size, resumed, digests, verified } = delivered.result;
  return { id: delivered.label, file: path, size, resumed, digests, verified };
}

/** A checksum that was not given by anybody proves nothing, but can be compared by eye. */
function verdict({ digests, verified }: DownloadResult): string {
  const algorithm = strongestOf(digests);
  if (!verified) return `not verified: no checksum was given. SHA-256 ${digests.sha256 ?? 'unknown'}`;
  const weak = algorithm === 'md5' || algorithm === 'sha1';
  const name = algorithm === undefined ? 'nothing' : ALGORITHM_NAMES[algorithm];
  return `by ${name}${weak ? ', which finds accidents but no forgery' : ''}`;
}

const ALGORITHM_NAMES: Readonly<Record<HashAlgorithm, string>> = {
  md5: 'MD5',
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha512: 'SHA-512',
};
