import type { ListedImage, MirrorList } from '@loopstick/core';

/** All three serve Fedora's master: a redirector, the master itself, and where ended releases go. */
const HOSTS = ['download.fedoraproject.org', 'dl.fedoraproject.org', 'archives.fedoraproject.org'];

/** The folders of the master that mirrors have, each by itself; the folder of the file below that, and its name. */
const PLACE = /^\/(pub\/(?:fedora\/linux|fedora-secondary|alt|archive\/fedora\/linux))\/((?:[\w.+~-]+\/)+)([\w.+~-]+)$/;

/**
 * Fedora's MirrorManager, asked for the folder that the file is in: its mirrors that have this folder, one address each,
 * best first for whoever asks. The catalog says first where a release is looked for now, there or in the archive.
 */
export function mirrorManager({ urls }: ListedImage): MirrorList[] {
  const addresses = urls.filter((url) => URL.canParse(url)).map((url) => new URL(url));
  const at = addresses.find(({ hostname }) => HOSTS.includes(hostname));
  const [, root, folder, file] = PLACE.exec(at?.pathname ?? '') ?? [];
  if (root === undefined || folder === undefined || file === undefined) return [];
  const path = encodeURIComponent(`${root}/${folder}`).replaceAll('%2F', '/');
  const url = `https://mirrors.fedoraproject.org/mirrorlist?path=${path}`;
  return [{ format: 'mirrorlist', url, path: file, tree: `${folder}${file}` }];
}
