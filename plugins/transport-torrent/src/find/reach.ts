import { isIP } from 'node:net';

import { reachOf, type Reach } from '@loopstick/core';

import { formatPeer, type PeerAddress } from '../format/address.ts';

const ORDER: readonly Reach[] = ['machine', 'network', 'world'];

/** How far an address leads. */
export function reachOfAddress(address: string): Reach {
  return URL.canParse(address) ? reachOf(new URL(address)) : 'world';
}

/**
 * Those of the addresses that somebody may name: what the world says leads into the world, and neither into the user's
 * own network nor to this machine, where others would make us knock on doors that are closed to them.
 */
export function withinReach(peers: readonly PeerAddress[], source: Reach): PeerAddress[] {
  return peers.filter(({ host, port }) => {
    // A name leads wherever its owner likes.
    if (isIP(host) === 0) return source === 'machine';
    return mayName(source, reachOfAddress(`http://${formatPeer({ host, port })}/`));
  });
}

export function mayName(source: Reach, target: Reach): boolean {
  return ORDER.indexOf(source) <= ORDER.indexOf(target);
}

/** The one that leads farthest. */
export function farthest(all: readonly Reach[]): Reach {
  return ORDER[Math.max(0, ...all.map((reach) => ORDER.indexOf(reach)))] ?? 'world';
}
