import type { DistributionDescription } from './description.ts';
import type { DiscoverRule, ListRule } from './list-schema.ts';
import type { MirrorListRule } from './mirror-list-schema.ts';

/** An address that a description names, and where. Only its host is sure. */
export interface NamedAddress {
  readonly url: URL;
  readonly place: string;
}

/** The hosts of all addresses in a description that something is fetched from. Those of `{folder}` are no news. */
export function addressesOf({ first, lists, mirrorLists }: DistributionDescription): NamedAddress[] {
  const named = [
    at('first', first),
    ...lists.flatMap((list, index) => ofList(list, `lists[${index}]`)),
    ...mirrorListAddresses(mirrorLists),
  ];
  return named.filter((address) => address !== undefined);
}

/** Those of lists of mirrors. */
export function mirrorListAddresses(rules: readonly MirrorListRule[]): NamedAddress[] {
  return rules
    .map(({ list }, index) => at(`mirrorLists[${index}].list.url`, list?.url))
    .filter((address) => address !== undefined);
}

function ofList(list: ListRule, place: string): (NamedAddress | undefined)[] {
  const { folders, discover, checksums, images, mirrors = [] } = list;
  const { signature } = checksums ?? {};
  return [
    at(`${place}.folders.url`, folders?.url),
    at(`${place}.folders.named.base`, folders?.named?.base),
    ...addressesIn(discover).map((url) => at(`${place}.discover`, url)),
    at(`${place}.checksums.url`, checksums?.url),
    at(`${place}.checksums.signature.url`, signature?.form === 'detached' ? signature.url : undefined),
    ...images.map(({ imageSignature }, index) => at(`${place}.images[${index}].imageSignature`, imageSignature?.url)),
    ...images.flatMap(({ torrents = [] }, index) =>
      torrents.map((url) => at(`${place}.images[${index}].torrents`, url)),
    ),
    ...mirrors.map((url, index) => at(`${place}.mirrors[${index}]`, url)),
  ];
}

function addressesIn(rule: DiscoverRule | undefined): readonly (string | undefined)[] {
  if (rule === undefined) return [];
  return rule.format === 'static' ? rule.urls : [rule.url, 'base' in rule ? rule.base : undefined];
}

/** The host of an address or template. */
function at(place: string, url: string | undefined): NamedAddress | undefined {
  if (url === undefined || url.startsWith('{')) return undefined;
  return { url: new URL(url.replace(/[{}|]/g, '_')), place };
}
