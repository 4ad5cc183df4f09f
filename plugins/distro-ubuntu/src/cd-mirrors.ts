import type { ListedImage, MirrorList } from '@loopstick/core';

const ORIGIN = 'releases.ubuntu.com';
/** Where a release goes when mirrors no longer have it. */
const ARCHIVE = 'old-releases.ubuntu.com';

const PLACE = /^\/((?:[\w.+~-]+\/)*[\w.+~-]+)$/;

/**
 * Mirrors of releases.ubuntu.com, as Launchpad lists them: https://launchpad.net/ubuntu/+cdmirrors. They have what is
 * there, and nothing of cdimage.ubuntu.com (flavours, ports) or of ended releases, which are looked for in the archive
 * first. The path below a mirror is that below releases.ubuntu.com.
 */
export function cdMirrors({ urls }: ListedImage): MirrorList[] {
  const addresses = urls.filter((url) => URL.canParse(url)).map((url) => new URL(url));
  const at = addresses.find(({ hostname }) => hostname === ORIGIN || hostname === ARCHIVE);
  const path = at?.hostname === ORIGIN ? PLACE.exec(at.pathname)?.[1] : undefined;
  if (path === undefined) return [];
  return [{ format: 'launchpad', url: 'https://launchpad.net/ubuntu/+cdmirrors-rss', path }];
}
