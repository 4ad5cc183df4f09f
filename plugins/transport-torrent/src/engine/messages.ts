import type { PeerAddress } from '../format/address.ts';

/** What the engine's thread is given when it starts. */
export interface EngineTask {
  /** 40 hex digits each. */
  readonly infoHash: string;
  readonly peerId: string;
  /** A torrent file, when it is known what there is. */
  readonly torrent: Uint8Array | undefined;
  /** Of the torrent, where it is known. */
  readonly pieceLength: number;
  /** Those that may be asked, http, https or udp. */
  readonly trackers: readonly string[];
  readonly local: boolean;
  readonly exchange: boolean;
  /** Where a search in the DHT begins, `host:port`: empty for where everybody begins, undefined for none. */
  readonly dht: readonly string[] | undefined;
  readonly mostPeers: number;
  /** Where others may connect; nobody can when missing. */
  readonly listen: { readonly port: number; readonly host: string | undefined } | undefined;
  /** A bit for each piece that can be given, the first one highest; undefined for who takes. */
  readonly gives: Uint8Array | undefined;
}

/** Who told of a peer. */
export type Source = 'tracker' | 'dht' | 'lsd' | 'ut_pex';

/** What the engine's thread is told. */
export type Order =
  /** Of many pieces the first that was wanted comes first. */
  | { readonly kind: 'want'; readonly piece: number }
  | { readonly kind: 'drop'; readonly piece: number }
  | { readonly kind: 'call'; readonly peers: readonly PeerAddress[] }
  /** Answers `read`; without bytes, when they are not there any more. */
  | { readonly kind: 'bytes'; readonly id: number; readonly bytes: Uint8Array | undefined }
  | { readonly kind: 'leave' };

/** What the engine's thread tells. */
export type Report =
  /** It works; with the port, when others may connect. */
  | { readonly kind: 'ready'; readonly port: number | undefined }
  /** It cannot work: an error of the system, in parts that survive the way. */
  | { readonly kind: 'failed'; readonly message: string; readonly facts: Readonly<Record<string, unknown>> }
  /** The torrent file of what a peer has told; its hash is right. */
  | { readonly kind: 'torrent'; readonly bytes: Uint8Array }
  /** A piece whose hash is right. The engine keeps nothing of it. */
  | { readonly kind: 'piece'; readonly piece: number; readonly bytes: Uint8Array }
  | { readonly kind: 'found'; readonly source: Source; readonly peers: readonly string[] }
  | {
      readonly kind: 'read';
      readonly id: number;
      readonly start: number;
      readonly end: number;
      readonly given: boolean;
    }
  | {
      readonly kind: 'state';
      readonly peers: number;
      readonly problem: string | undefined;
      readonly hopeless: boolean;
    };
