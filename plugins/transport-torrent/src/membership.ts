import type { RangeRequest, RateLimiter, Reach } from '@loopstick/core';

import type { MagnetAddress } from './format/address.ts';
import type { MetaInfo, Torrent } from './format/meta-info.ts';
import { LocalPeers } from './find/local.ts';
import { Trackers } from './find/trackers.ts';
import type { TorrentOptions } from './options.ts';
import { Swarm } from './swarm/swarm.ts';
import type { World } from './world.ts';

/** Twenty bytes, the first of which say which program it is (BEP 20). */
const CLIENT = '-LS0100-';

/** What a torrent is known by before its swarm is joined. */
export interface Introduction {
  /** 40 hex digits. */
  readonly infoHash: string;
  /** As it may be shown. */
  readonly name: string;
  readonly meta: MetaInfo | undefined;
  readonly trackers: readonly string[];
  readonly peers: MagnetAddress['peers'];
  /** How far whoever named the trackers may lead us. */
  readonly reach: Reach;
}

export interface MembershipOptions {
  readonly world: World;
  readonly options: TorrentOptions;
  readonly mayFollow: RangeRequest['mayFollow'];
  /** False for who only gives. */
  readonly takes: boolean;
  /** For what is given. */
  readonly limiter?: RateLimiter | undefined;
  /** The port at which others may connect; none when missing. */
  readonly port?: number | undefined;
  /** The address to be reached at; all of this machine when missing. */
  readonly host?: string | undefined;
}

/** A swarm, and the ways in which it comes to know peers. */
export class Membership {
  readonly swarm: Swarm;
  readonly #introduction: Introduction;
  readonly #options: MembershipOptions;
  readonly #peerId: string;
  #trackers: Trackers | undefined;
  #local: LocalPeers | undefined;
  #isStarting = true;

  constructor(introduction: Introduction, options: MembershipOptions) {
    const { world, takes, limiter } = options;
    this.#introduction = introduction;
    this.#options = options;
    this.#peerId = Buffer.concat([Buffer.from(CLIENT), world.random(20 - CLIENT.length)]).toString('hex');
    this.swarm = new Swarm({
      infoHash: introduction.infoHash,
      name: introduction.name,
      peerId: this.#peerId,
      mostPeers: options.options.mostPeers,
      takes,
      clock: world.clock,
      limiter,
      isSearching: () => this.#isStarting || this.#trackers?.isSearching === true,
    });
    if (introduction.meta !== undefined) this.swarm.setMeta(introduction.meta);
  }

  /** Begins to look for peers. @returns the port at which others may connect, if they may */
  async join(): Promise<number | undefined> {
    const { options, port, host, world, mayFollow } = this.#options;
    const { infoHash, trackers, peers, reach, meta } = this.#introduction;
    const listening = port === undefined ? undefined : await this.swarm.listen(port, host);
    this.swarm.addPeers([...peers, ...options.peers]);
    const onPeers = this.swarm.addPeers.bind(this.swarm);
    // What is said of a torrent by a link is not known to be true before its metadata is there (BEP 27).
    if (options.find.has('local') && listening !== undefined && meta?.isPrivate !== true) {
      const cookie = world.random(8).toString('hex');
      this.#local = new LocalPeers({ infoHash, port: listening, onPeers, clock: world.clock, at: host }, cookie);
      this.#local.begin();
    }
    if (options.find.has('tracker')) {
      const left = (): number => (this.#options.takes ? (this.swarm.meta?.length ?? 1) : 0);
      const told = { infoHash, peerId: this.#peerId, port: listening ?? UNREACHABLE_PORT };
      this.#trackers = new Trackers({ ...told, reach, left, mayFollow, onPeers });
      this.#trackers.add(trackers);
    }
    this.#isStarting = false;
    return listening;
  }

  leave(): void {
    this.#trackers?.end();
    this.#local?.end();
    this.swarm.close();
  }
}

/** Trackers want a port also of who cannot be reached: that of "discard" (RFC 863). */
const UNREACHABLE_PORT = 9;

/** How one is introduced to a torrent by its file. */
export function introductionOf(torrent: Torrent, name: string, reach: Reach): Introduction {
  const { meta, trackers } = torrent;
  return { infoHash: meta.infoHash, name, meta, trackers, peers: [], reach };
}
