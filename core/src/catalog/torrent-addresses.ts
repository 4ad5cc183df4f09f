import type { DownloadSettings } from '../engine/settings.ts';
import type { CatalogImage } from './model.ts';

/**
 * Addresses of an image's file by way of its torrents, as transports for them take them: a torrent file's with
 * `torrent+` before its scheme, a magnet link as it is. None when the user does not want torrents.
 */
export function torrentAddresses(
  { torrents = [] }: Pick<CatalogImage, 'torrents'>,
  { torrents: wanted }: Pick<DownloadSettings, 'torrents'>,
): string[] {
  if (!wanted) return [];
  return torrents.map((address) => (/^https?:/i.test(address) ? `torrent+${address}` : address));
}
