import type { Engine } from '../engine/engine.ts';
import { failure } from '../engine/errors.ts';
import type { ListedImage, MirrorList } from '../engine/hooks.ts';
import { fileNameFor } from '../download/file-name.ts';
import { below } from './lists/addresses.ts';
import { MIRROR_ERRORS } from './mirror-errors.ts';
import { mirrorName } from './mirror-name.ts';

/**
 * Addresses of the file on the mirrors that the user has set for its distribution. Where it is below a mirror's address
 * is what those say who know the vendor's lists, and is never guessed: a mirror for which it is not known costs a
 * warning, unless its address is the file's own.
 */
export function ownMirrors(engine: Engine, image: ListedImage, lists: readonly MirrorList[]): string[] {
  const { own } = engine.settings.mirrors;
  const mirrors = Object.hasOwn(own, image.distribution) ? (own[image.distribution] ?? []) : [];
  const path = lists.map(({ tree, path: listed }) => tree ?? listed).find((each) => each !== undefined);
  return mirrors.flatMap((mirror) => {
    if (fileNameFor(mirror) === image.file) return [mirror];
    const url = path === undefined ? undefined : below(mirror, path);
    if (url !== undefined) return [url];
    const values = { mirror: mirrorName(mirror), file: image.file };
    engine.events.emit('warning', failure(MIRROR_ERRORS.ownWithoutPath, values));
    return [];
  });
}
