import { parsePeer, type PeerAddress } from '../format/address.ts';
import { decode, type Bencoded } from '../format/bencode.ts';
import { compactPeers, DEFAULT_INTERVAL, MOST_WANTED, type Announcement, type TrackerAnswer } from './announcement.ts';
import { fetchBytes, type FetchWish } from './fetch-bytes.ts';

const MOST_BYTES = 256 * 1024;

/** Asks an http or https tracker (BEP 3, BEP 23). @throws Error that says what went wrong; the signal's reason */
export async function askHttpTracker(
  tracker: string,
  announcement: Announcement,
  wish: Omit<FetchWish, 'most'>,
): Promise<TrackerAnswer> {
  const { infoHash, peerId, port, left, event } = announcement;
  const url = new URL(tracker);
  const said = [
    ...[`info_hash=${percent(infoHash)}`, `peer_id=${percent(peerId)}`, `port=${port}`],
    ...['uploaded=0', 'downloaded=0', `left=${left}`, 'compact=1', `numwant=${MOST_WANTED}`],
    ...(event === undefined ? [] : [`event=${event}`]),
  ].join('&');
  // By hand: these are bytes, and URLSearchParams knows only texts.
  const query = url.search === '' ? '' : `${url.search.slice(1)}&`;
  const { bytes } = await fetchBytes(`${url.origin}${url.pathname}?${query}${said}`, { ...wish, most: MOST_BYTES });
  const answer = decode(bytes);
  if (!(answer instanceof Map)) throw new Error('it does not answer as a tracker does');
  const map = answer as ReadonlyMap<string, Bencoded>;
  const refusal = map.get('failure reason');
  if (Buffer.isBuffer(refusal)) throw new Error(`it refuses: ${refusal.toString().slice(0, 200)}`);
  const interval = map.get('interval');
  return {
    peers: [...peersIn(map.get('peers')), ...compactIn(map.get('peers6'), 6)],
    interval: typeof interval === 'number' ? interval : DEFAULT_INTERVAL,
  };
}

function peersIn(value: Bencoded | undefined): PeerAddress[] {
  if (!Array.isArray(value)) return compactIn(value, 4);
  return (value as readonly Bencoded[]).slice(0, 2 * MOST_WANTED).flatMap((entry) => {
    if (!(entry instanceof Map)) return [];
    const [ip, port] = [(entry as ReadonlyMap<string, Bencoded>).get('ip'), entry.get('port') as Bencoded | undefined];
    if (!Buffer.isBuffer(ip) || typeof port !== 'number') return [];
    const host = ip.toString('latin1');
    return parsePeer(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`) ?? [];
  });
}

function compactIn(value: Bencoded | undefined, family: 4 | 6): PeerAddress[] {
  return Buffer.isBuffer(value) ? compactPeers(value, family) : [];
}

function percent(hex: string): string {
  return hex.replace(/../g, '%$&');
}
