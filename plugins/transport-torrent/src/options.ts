import { failure } from '@loopstick/core';

import { parsePeer, type PeerAddress } from './format/address.ts';
import { TORRENT_ERRORS } from './torrent-errors.ts';

/** Ways to find peers. Each tells others which torrent is wanted here: docs/torrents.md says whom. */
export const WAYS = ['tracker', 'local', 'dht', 'exchange'] as const;
export type Way = (typeof WAYS)[number];

/** What the user has set below `plugins.options.transport-torrent.`. */
export interface TorrentOptions {
  /** None when nothing is said: then only peers that an address or the user names are asked. */
  readonly find: ReadonlySet<Way>;
  /** Asked for every torrent: a machine of one's own that seeds. */
  readonly peers: readonly PeerAddress[];
  /** Where a search in the DHT begins; where everybody begins when there are none. */
  readonly dhtNodes: readonly PeerAddress[];
  /** Connections at most, for one torrent. */
  readonly mostPeers: number;
  /** The port at which others can connect; any that is free when 0. */
  readonly port: number;
}

/** @throws LoopstickError TORRENT_OPTION */
export function readOptions(options: Readonly<Record<string, readonly string[]>>): TorrentOptions {
  const known = ['find', 'peers', 'dht-nodes', 'most-peers', 'port'];
  const stranger = Object.keys(options).find((name) => !known.includes(name));
  if (stranger !== undefined) throw bad(stranger, '', 'there is no such setting');
  const words = (name: string): readonly string[] => options[name] ?? [];
  const number = (name: string, most: number, otherwise: number): number => {
    const [word, ...more] = words(name);
    if (word === undefined) return otherwise;
    const value = /^\d{1,6}$/.test(word) && more.length === 0 ? Number(word) : NaN;
    if (value >= 0 && value <= most) return value;
    throw bad(name, words(name).join(' '), `it is not a number up to ${most}`);
  };
  return {
    find: new Set(words('find').map((word) => wayOf(word))),
    peers: words('peers').map((word) => peerOf('peers', word)),
    dhtNodes: words('dht-nodes').map((word) => peerOf('dht-nodes', word)),
    mostPeers: Math.max(1, number('most-peers', 200, 30)),
    port: number('port', 65_535, 0),
  };
}

function wayOf(word: string): Way {
  const way = WAYS.find((each) => each === word);
  if (way === undefined) throw bad('find', word, `it is one of ${WAYS.join(', ')}`);
  return way;
}

function peerOf(option: string, word: string): PeerAddress {
  const peer = parsePeer(word);
  if (peer === undefined) throw bad(option, word, 'it is not a host with a port, such as 192.168.1.20:6881');
  return peer;
}

function bad(option: string, value: string, problem: string): Error {
  return failure(TORRENT_ERRORS.option, { option, value, problem });
}
