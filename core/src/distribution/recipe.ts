import type { Recipe, RecipeOptions } from '../engine/hooks.ts';
import { RECIPE_ORDER } from '../engine/hooks.ts';
import { udevEncode, type LinuxEntry, type Recognition } from '../recipe/boot-entry.ts';
import type { IsoContents } from '../recipe/iso.ts';
import { oneLine } from '../recipe/one-line.ts';
import { ownStarts } from '../recipe/own-starts.ts';
import type { BootEntryRule, BootRule } from './boot-schema.ts';
import { MATCH_STEPS, Pattern, type MatchBudget } from './pattern.ts';
import { recognisedValues } from './recognised-values.ts';
import { Template, type Values } from './template.ts';

/** As core takes it: what it has a default for may be missing. */
type Entry = Omit<LinuxEntry, 'serialArgs'> & Partial<Pick<LinuxEntry, 'serialArgs'>>;
type Answer = Omit<Recognition, 'entries'> & { entries: Entry[] };

/**
 * Before the recipes of plugins with code, which know families: a rule of one distribution has nothing but its own
 * marks to go by, and is narrower than any of them.
 */
const FIRST = RECIPE_ORDER.distribution - 10;

/** A recipe as the engine takes it. Its name is that of the plugin's, since documents are written without each other. */
export function recipeOf(
  plugin: string,
  distribution: string,
  rule: BootRule,
): { readonly recipe: Recipe; readonly options: RecipeOptions } {
  return {
    recipe: {
      name: `${plugin}:${rule.name}`,
      recognise: (iso, { signal }) => recogniseBy(rule, distribution, iso, signal),
    },
    options: { order: rule.order === 'family' ? RECIPE_ORDER.generic : FIRST },
  };
}

/** What a rule says of an ISO; undefined when it is not of this kind. */
export async function recogniseBy(
  rule: BootRule,
  distribution: string,
  iso: IsoContents,
  signal: AbortSignal,
): Promise<Answer | { rejected: string } | undefined> {
  const values = await recognisedValues(rule.recognise, iso, signal);
  if (values === undefined) return undefined;
  const fill = (template: string | undefined): string | undefined =>
    template === undefined ? undefined : new Template(template).fill(values);
  const rejected = fill(rule.rejected);
  if (rejected !== undefined) return { rejected };
  const volume = volumeName(iso);
  if (volume === undefined && rule.entries.some(({ args }) => args.some((arg) => arg.includes('{iso_volume')))) {
    return { rejected: 'its volume has no label by which its initrd could find it' };
  }
  const entries: Entry[] = [];
  for (const entry of rule.entries) entries.push(...(await entryOf(entry, rule, values, volume ?? '', iso, signal)));
  if (entries.length === 0) return undefined;
  const version = fill(rule.version);
  return {
    // Who knows a family cannot tell which of its members this is.
    ...(rule.order === 'family' ? {} : { distribution }),
    ...(version === undefined ? {} : { version }),
    title: oneLine(fill(rule.title) ?? '', 120) || oneLine(iso.label, 32) || distribution,
    kind: rule.kind ?? 'live',
    entries,
    notes: rule.notes,
  };
}

/** What an initrd finds the volume by: see udevEncode for labels that do not survive its scripts. */
function volumeName({ label, uuid }: IsoContents): string | undefined {
  if (label !== '' && udevEncode(label) === label) return 'LABEL={iso_label}';
  return uuid === undefined ? undefined : `UUID=${uuid}`;
}

async function entryOf(
  rule: BootEntryRule,
  { own }: BootRule,
  found: Values,
  volume: string,
  iso: IsoContents,
  signal: AbortSignal,
): Promise<Entry[]> {
  const fill = (template: string): string | undefined => new Template(template).fill(found);
  const [title, kernel] = [fill(rule.title), fill(rule.kernel)];
  if (title === undefined || kernel === undefined || !iso.has(kernel)) return [];
  const args: string[] = [];
  for (const arg of rule.args) {
    if (arg === '{own}') {
      args.push(...(await ownArguments(own, kernel, iso, signal)));
      continue;
    }
    const filled = fillArgument(arg, found, volume);
    if (filled === undefined) return [];
    args.push(filled);
  }
  return [
    {
      type: 'linux',
      id: rule.id,
      title: oneLine(title, 120),
      kernel,
      initrds: rule.initrds.flatMap((initrd) => fill(initrd) ?? []),
      args,
      ...(rule.serialArgs === undefined ? {} : { serialArgs: rule.serialArgs }),
      conditions: rule.conditions ?? {},
      markers: rule.markers ?? {},
    },
  ];
}

/** One word: what an ISO says of itself adds no other, and no template that core would fill in. */
function fillArgument(template: string, found: Values, volume: string): string | undefined {
  // The first three are filled in by core when the ISO has its place on a stick.
  const later = ['iso_path', 'data_uuid', 'iso_label'].map((name) => [name, `{${name}}`] as const);
  const ours = new Map([...later, ['iso_volume', volume]]);
  return new Template(template).fill(new Map([...found, ...ours]), (value, name) =>
    ours.has(name) || /^[\x21-\x7a|~]+$/.test(value) ? value : undefined,
  );
}

/** The arguments that the ISO's own menu gives to this kernel first, without those that the rule sets itself. */
async function ownArguments(
  own: BootRule['own'],
  kernel: string,
  iso: IsoContents,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const start = (await ownStarts(iso, signal)).find((each) => each.kernel === kernel);
  if (start === undefined) return own?.otherwise ?? [];
  const budget: MatchBudget = { steps: MATCH_STEPS };
  const without = (own?.without ?? []).map((pattern) => new Pattern(pattern));
  return start.args.filter((arg) => !without.some((pattern) => pattern.match(arg, budget) !== undefined));
}
