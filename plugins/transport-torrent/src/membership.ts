import type { RangeRequest, RateLimiter, Reach } from '@loopstick/core';

import type { EngineTask, Source } from './engine/messages.ts';
import { formatPeer, type MagnetAddress } from './format/address.ts';
import { encodeTorrent, type MetaInfo, type Torrent } from './format/meta-info.ts';
import { farthest, mayName, reachOfAddress } from './find/reach.ts';
import type { TorrentOptions } from './options.ts';
import type { Store } from './swarm/store.ts';
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
  /** What is given, and its limit; those who only take have none. */
  readonly store?: Store | undefined;
  readonly limiter?: RateLimiter | undefined;
  /** The port at which others may connect; none when missing. */
  readonly port?: number | undefined;
  /** The address to be reached at; all of this machine when missing. */
  readonly host?: string | undefined;
}

/** A swarm with the ways in which it may come to know peers. It is to be joined. */
export function createSwarm(introduction: Introduction, how: MembershipOptions): Swarm {
  const { infoHash, name, meta, peers } = introduction;
  const { world, options, store, limiter, port, host } = how;
  const trackers = options.find.has('tracker') ? allowedTrackers(introduction, how.mayFollow) : [];
  // What is said of a torrent by a link is not known to be true before its metadata is there (BEP 27).
  const isPublic = meta?.isPrivate !== true;
  const task: EngineTask = {
    infoHash,
    peerId: Buffer.concat([Buffer.from(CLIENT), world.random(20 - CLIENT.length)]).toString('hex'),
    torrent: meta === undefined ? undefined : encodeTorrent(meta),
    pieceLength: meta?.pieceLength ?? 0,
    trackers,
    local: isPublic && options.find.has('local') && port !== undefined,
    exchange: isPublic && options.find.has('exchange'),
    dht: isPublic && options.find.has('dht') ? options.dhtNodes.map(formatPeer) : undefined,
    mostPeers: options.mostPeers,
    listen: port === undefined ? undefined : { port, host },
    gives: store?.has,
  };
  const swarm = new Swarm({ name, task, store, limiter, reach: reachOf(task) }, meta);
  swarm.call([...peers, ...options.peers]);
  return swarm;
}

/** How one is introduced to a torrent by its file. */
export function introductionOf(torrent: Torrent, name: string, reach: Reach): Introduction {
  const { meta, trackers } = torrent;
  return { infoHash: meta.infoHash, name, meta, trackers, peers: [], reach };
}

function allowedTrackers({ trackers, reach }: Introduction, mayFollow: RangeRequest['mayFollow']): string[] {
  return trackers.filter((tracker) => {
    if (!URL.canParse(tracker) || !/^(?:https?|udp):\/\/[^/]/i.test(tracker)) return false;
    const { protocol, port, username } = new URL(tracker);
    if (username !== '' || (protocol === 'udp:' && port === '')) return false;
    return mayName(reach, reachOfAddress(tracker)) && mayFollow?.(tracker.replace(/^udp:/i, 'http:')) !== false;
  });
}

/** What leads nearer than those who said it are themselves is not followed. */
function reachOf({ trackers, dht }: EngineTask): (source: Source) => Reach {
  const trackersReach = farthest(trackers.map(reachOfAddress));
  const dhtReach =
    dht === undefined || dht.length === 0 ? 'world' : farthest(dht.map((at) => reachOfAddress(`http://${at}/`)));
  return (source) => {
    if (source === 'tracker') return trackersReach;
    if (source === 'dht') return dhtReach;
    return source === 'lsd' ? 'network' : 'world';
  };
}
