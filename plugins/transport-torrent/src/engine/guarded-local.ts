import LocalDiscovery from 'bittorrent-lsd';

/**
 * The engine's search in the user's own network (BEP 14), in whose place the bundle puts it: a call that is none, or
 * is for another torrent, is nothing, and a network without multicast has nobody to call.
 */
export class GuardedLocal extends LocalDiscovery {
  override _parseAnnounce(message: string): { readonly infoHash: readonly string[] } | null {
    try {
      const call = super._parseAnnounce(message);
      const isOurs = call?.infoHash.some((hash) => hash.toLowerCase() === this.infoHash) === true;
      return isOurs ? { ...call, infoHash: [this.infoHash] } : null;
    } catch {
      return null;
    }
  }

  override emit(event: string, ...facts: unknown[]): boolean {
    return event === 'error' ? super.emit('warning', ...facts) : super.emit(event, ...facts);
  }
}
