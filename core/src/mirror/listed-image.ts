import type { ListedImage } from '../engine/hooks.ts';

/**
 * An image of the catalog for those who know of lists of mirrors; undefined when its id is none of the catalog's
 * (`distribution/version/variant/arch`).
 */
export function listedImage({ id, file, urls }: Pick<ListedImage, 'id' | 'file' | 'urls'>): ListedImage | undefined {
  const [distribution = '', version = '', variant = '', arch = '', ...more] = id.split('/');
  if (arch === '' || more.length > 0) return undefined;
  return { id, distribution, version, variant, arch, file, urls };
}
