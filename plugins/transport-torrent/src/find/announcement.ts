import type { PeerAddress } from '../format/address.ts';

/** What a tracker is told. */
export interface Announcement {
  /** 40 hex digits each. */
  readonly infoHash: string;
  readonly peerId: string;
  readonly port: number;
  /** Bytes that are still wanted; 0 for who only gives. */
  readonly left: number;
  readonly event: 'started' | 'stopped' | undefined;
}

/** What it answers. */
export interface TrackerAnswer {
  readonly peers: readonly PeerAddress[];
  /** Seconds until it wants to hear of us again. */
  readonly interval: number;
}

export const MOST_WANTED = 60;
export const DEFAULT_INTERVAL = 1800;

/** Addresses of 6 bytes each, or 18 (BEP 23, BEP 7). */
export function compactPeers(bytes: Uint8Array, family: 4 | 6): PeerAddress[] {
  const length = family === 4 ? 6 : 18;
  const all = Buffer.from(bytes);
  const peers: PeerAddress[] = [];
  for (let at = 0; at + length <= all.length && peers.length < 2 * MOST_WANTED; at += length) {
    const port = all.readUInt16BE(at + length - 2);
    if (port > 0) peers.push({ host: hostOf(all.subarray(at, at + length - 2)), port });
  }
  return peers;
}

function hostOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':');
}
