import type { ListedImage, MirrorList, MirrorListSource } from '../engine/hooks.ts';
import type { DistributionDescription } from './description.ts';
import type { MirrorListRule } from './mirror-list-schema.ts';
import { MATCH_STEPS, Pattern } from './pattern.ts';
import { fillAddress, Template, type Values } from './template.ts';

/** What a description knows of lists of mirrors; undefined when that is nothing. */
export function mirrorListsOf(description: DistributionDescription, name: string): MirrorListSource | undefined {
  const { distribution, siblings, mirrorLists } = description;
  if (mirrorLists.length === 0) return undefined;
  return mirrorListsBy(
    mirrorLists,
    [distribution, ...siblings].map(({ id }) => id),
    name,
  );
}

/** What rules know of lists of mirrors of these distributions. */
export function mirrorListsBy(
  rules: readonly MirrorListRule[],
  distributions: readonly string[],
  name: string,
): MirrorListSource {
  return { name, distributions, lists: (image) => listsFor(image, rules) };
}

/** The list of the first rule that knows one of the image's addresses, those looked through in their order. */
function listsFor({ urls }: ListedImage, rules: readonly MirrorListRule[]): MirrorList[] {
  const budget = { steps: MATCH_STEPS };
  for (const url of urls) {
    for (const { from, list } of rules) {
      for (const pattern of from) {
        const values = new Pattern(pattern).match(url, budget);
        if (values !== undefined) return list === undefined ? [] : filled(list, values);
      }
    }
  }
  return [];
}

function filled(list: NonNullable<MirrorListRule['list']>, values: Values): MirrorList[] {
  const url = fillAddress(new Template(list.url), values);
  if (url === undefined) return [];
  const path = list.path === undefined ? undefined : new Template(list.path).fill(values);
  const tree = list.tree === undefined ? undefined : new Template(list.tree).fill(values);
  return [
    { format: list.format, url, ...(path === undefined ? {} : { path }), ...(tree === undefined ? {} : { tree }) },
  ];
}
