import {
  DOWNLOAD_ERRORS,
  failure,
  isLoopstickError,
  messageOf,
  type AnswerFacts,
  type RangeRequest,
  type RangeResponse,
} from '@loopstick/core';

import { fetchBytes } from './find/fetch-bytes.ts';
import { reachOfAddress } from './find/reach.ts';
import { parseAddress, type TorrentAddress } from './format/address.ts';
import {
  fileOf,
  MOST_TORRENT_BYTES,
  parseTorrent,
  type MetaInfo,
  type Torrent,
  type TorrentFile,
} from './format/meta-info.ts';
import { createSwarm, introductionOf, type Introduction } from './membership.ts';
import type { TorrentOptions } from './options.ts';
import { RangeReader } from './range-reader.ts';
import type { Swarm } from './swarm/swarm.ts';
import { TORRENT_ERRORS } from './torrent-errors.ts';
import type { World } from './world.ts';

/** How long a swarm is kept when nothing of it is read: the next range is mostly asked for at once. */
const LINGER_MS = 3_000;
/** How long somebody may take to send the first piece of a range. */
const FIRST_PIECE_MS = 12_000;
const DEFAULT_BUFFER = 512 * 1024;
const MOST_FILES_KEPT = 50;

interface Member {
  readonly swarm: Swarm;
  readonly joined: Promise<unknown>;
  users: number;
  linger: NodeJS.Timeout | undefined;
}

/** The torrents from which ranges are read, each with one swarm however many read from it. */
export class Torrents {
  readonly #options: TorrentOptions;
  readonly #world: World;
  readonly #members = new Map<string, Member>();
  /** By address: torrent files do not change under it while somebody downloads. */
  readonly #files = new Map<string, Promise<Torrent>>();

  constructor(options: TorrentOptions, world: World) {
    this.#options = options;
    this.#world = world;
  }

  /**
   * Opens a range of a file of a torrent; answers when the first bytes of it are there and known to be right.
   * @throws LoopstickError TORRENT_…, DOWNLOAD_RANGE_UNSATISFIABLE; the signal's reason
   */
  async open(request: RangeRequest): Promise<RangeResponse> {
    const { signal } = request;
    const address = parseAddress(request.url);
    const introduction = await this.#introduce(address, request);
    const member = this.#enter(introduction, request);
    const leave = once(() => {
      this.#leave(introduction.infoHash, member);
    });
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort(member.swarm.noPeers());
    }, FIRST_PIECE_MS);
    const inTime = AbortSignal.any([signal, late.signal]);
    try {
      await member.joined;
      const { swarm } = member;
      const meta = await swarm.whenKnown(inTime);
      const file = fileOf(meta, address.path, address.name);
      const range = rangeOf(request, meta, file, address.name);
      const buffer = request.buffer ?? DEFAULT_BUFFER;
      const body = new RangeReader({ swarm, meta, file, ...range, buffer, signal, onEnd: leave });
      await this.#first(body, inTime);
      return {
        ...range,
        total: file.length,
        validators: { etag: etagOf(meta) },
        address: request.url,
        mediaType: undefined,
        fileName: file.path.at(-1),
        digests: {},
        body,
      };
    } catch (error) {
      leave();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #first(body: RangeReader, signal: AbortSignal): Promise<void> {
    let onAbort: () => void = () => undefined;
    try {
      await Promise.race([
        body.begun(),
        new Promise<never>((_, reject) => {
          onAbort = (): void => {
            reject(signal.reason as Error);
          };
          signal.addEventListener('abort', onAbort, { once: true });
          if (signal.aborted) onAbort();
        }),
      ]);
    } catch (error) {
      await body.return();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #introduce(address: TorrentAddress, { signal, mayFollow }: RangeRequest): Promise<Introduction> {
    const { name } = address;
    if (address.kind === 'magnet') {
      const { infoHash, trackers, peers } = address;
      return { infoHash, name, trackers, peers, meta: undefined, reach: 'world' };
    }
    const { url } = address;
    const known = this.#files.get(url);
    const file = known ?? fetchTorrent(url, name, { signal, mayFollow });
    if (known === undefined) {
      if (this.#files.size >= MOST_FILES_KEPT) this.#files.clear();
      this.#files.set(url, file);
      file.catch(() => this.#files.delete(url));
    }
    try {
      return introductionOf(await file, name, reachOfAddress(url));
    } catch (error) {
      signal.throwIfAborted();
      // Whoever fetched it has lost interest, and we have not.
      if (known === undefined || isLoopstickError(error)) throw error;
      return this.#introduce(address, { url, start: 0, signal, mayFollow });
    }
  }

  #enter(introduction: Introduction, { mayFollow }: RangeRequest): Member {
    const known = this.#members.get(introduction.infoHash);
    if (known?.swarm.isOver === false) {
      clearTimeout(known.linger);
      known.users++;
      known.swarm.hold(true);
      return known;
    }
    const [options, world] = [this.#options, this.#world];
    const port = options.find.has('local') ? options.port : undefined;
    const swarm = createSwarm(introduction, { world, options, mayFollow, port });
    const member: Member = { swarm, joined: swarm.join(), users: 1, linger: undefined };
    this.#members.set(introduction.infoHash, member);
    return member;
  }

  #leave(infoHash: string, member: Member): void {
    if (--member.users > 0) return;
    member.swarm.hold(false);
    member.linger = setTimeout(() => {
      member.swarm.close();
      if (this.#members.get(infoHash) === member) this.#members.delete(infoHash);
    }, LINGER_MS);
    member.linger.unref();
  }
}

/** @throws LoopstickError TORRENT_UNREACHABLE, TORRENT_INVALID; the signal's reason */
export async function fetchTorrent(
  url: string,
  name: string,
  how: Pick<RangeRequest, 'signal' | 'mayFollow'>,
): Promise<Torrent> {
  const fetched = await fetchBytes(url, { ...how, most: MOST_TORRENT_BYTES }).catch((cause: unknown) => {
    how.signal.throwIfAborted();
    throw failure(TORRENT_ERRORS.unreachable, { torrent: name, problem: messageOf(cause) }, { cause });
  });
  return parseTorrent(fetched.bytes, name);
}

/** What the answer is of: a file of a torrent never changes, so only another torrent is a condition that fails. */
function rangeOf(
  { start, end, ifRange }: RangeRequest,
  meta: MetaInfo,
  { length: total }: TorrentFile,
  torrent: string,
): { readonly start: number; readonly end: number } {
  if (ifRange !== undefined && ifRange !== etagOf(meta)) return { start: 0, end: total };
  if (start < total) return { start, end: Math.min(end ?? total, total) };
  const cause: AnswerFacts = { status: 416, total };
  throw failure(DOWNLOAD_ERRORS.rangeUnsatisfiable, { mirror: torrent, start }, { cause });
}

function etagOf({ infoHash }: MetaInfo): string {
  return `"btih-${infoHash}"`;
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
