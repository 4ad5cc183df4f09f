import { failure, mirrorName } from '@loopstick/core';

import { TORRENT_ERRORS } from '../torrent-errors.ts';

/** A peer that is to be asked. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** What an address of this transport says. */
export type TorrentAddress = TorrentFileAddress | MagnetAddress;

interface Named {
  /** As it may be shown. */
  readonly name: string;
  /** Path of the wanted file in the torrent; undefined where it has only one. */
  readonly path: string | undefined;
}

/** `torrent+https://example.org/image.iso.torrent#path/in/it` */
export interface TorrentFileAddress extends Named {
  readonly kind: 'file';
  /** Of the torrent file itself. */
  readonly url: string;
}

/** `magnet:?xt=urn:btih:HASH&x.pe=192.0.2.1:6881&tr=https://tracker.example.org/announce#path` (BEP 9) */
export interface MagnetAddress extends Named {
  readonly kind: 'magnet';
  /** 40 lower-case hex digits. */
  readonly infoHash: string;
  readonly trackers: readonly string[];
  readonly peers: readonly PeerAddress[];
}

const MOST_NAMED = 50;

/** @throws LoopstickError TORRENT_ADDRESS */
export function parseAddress(address: string): TorrentAddress {
  const bad = (problem: string): Error => failure(TORRENT_ERRORS.address, { address: mirrorName(address), problem });
  if (address.length > 8192 || !URL.canParse(address)) throw bad('it is no address');
  const url = new URL(address);
  const path = url.hash === '' ? undefined : decoded(url.hash.slice(1));
  if (url.protocol !== 'magnet:') {
    if (!/^torrent\+https?:\/\/[^/]/i.test(address)) throw bad('it has no host');
    url.hash = '';
    return { kind: 'file', name: mirrorName(address), url: url.href.replace(/^torrent\+/, ''), path };
  }
  const { searchParams: said } = url;
  const infoHash = said.getAll('xt').flatMap((topic) => hashIn(topic) ?? [])[0];
  if (infoHash === undefined) throw bad('it has no "xt=urn:btih:" with a hash');
  return {
    kind: 'magnet',
    name: `magnet:?xt=urn:btih:${infoHash}`,
    infoHash,
    path,
    trackers: said.getAll('tr').slice(0, MOST_NAMED),
    peers: said
      .getAll('x.pe')
      .slice(0, MOST_NAMED)
      .flatMap((peer) => parsePeer(peer) ?? []),
  };
}

/** `host:port`, `[2001:db8::1]:port`; undefined for everything else. */
export function parsePeer(text: string): PeerAddress | undefined {
  const [, v6, plain, digits] = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,253})):(\d{1,5})$/i.exec(text) ?? [];
  const host = v6 ?? plain;
  const port = Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

export function formatPeer({ host, port }: PeerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Hex or base 32 (RFC 4648), 20 bytes. */
function hashIn(topic: string): string | undefined {
  const hash = /^urn:btih:([0-9a-z]+)$/i.exec(topic)?.[1];
  if (hash === undefined) return undefined;
  if (/^[0-9a-f]{40}$/i.test(hash)) return hash.toLowerCase();
  return /^[a-z2-7]{32}$/i.test(hash) ? fromBase32(hash.toUpperCase()).toString('hex') : undefined;
}

function fromBase32(text: string): Buffer {
  let bits = '';
  for (const letter of text) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => parseInt(byte, 2)) ?? []);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not every % begins an escape.
    return text;
  }
}
