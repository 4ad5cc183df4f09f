import type { Engine } from '../../engine/engine.ts';
import type { ListedImage } from '../../engine/hooks.ts';
import type { NamedAddress } from '../merge.ts';
import { below, isPrivate } from './addresses.ts';
import type { KnownList } from './known-lists.ts';
import { readList, type ReadOptions } from './read-list.ts';

/**
 * Addresses of an image's file on the mirrors of these lists, list after list. All lists are read at the same time.
 * Mirrors without encryption are left out unless the settings take them.
 * @throws the signal's reason
 */
export async function listedAddresses(
  engine: Engine,
  image: ListedImage,
  lists: readonly KnownList[],
  options: ReadOptions,
): Promise<NamedAddress[]> {
  const { http } = engine.settings.mirrors;
  const found = lists.map(async ({ source, format, url: address, path }) => {
    const mirrors = await readList(engine, { format, url: address, file: image.file }, options);
    return mirrors.flatMap((mirror): NamedAddress[] => {
      const url = path === undefined ? mirror.url : below(mirror.url, path);
      return url !== undefined && (http || isPrivate(new URL(url))) ? [{ ...mirror, url, source }] : [];
    });
  });
  return (await Promise.all(found)).flat();
}
