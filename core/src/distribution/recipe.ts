import type { Recipe, RecipeOptions } from '../engine/hooks.ts';
import { RECIPE_ORDER } from '../engine/hooks.ts';
import { udevEncode, type BootEntry, type Recognition } from '../recipe/boot-entry.ts';
import type { IsoContents } from '../recipe/iso.ts';
import { oneLine } from '../recipe/one-line.ts';
import { ownStarts, readIfSmall } from '../recipe/own-starts.ts';
import type { BootEntryRule, BootRule, FindRule } from './boot-schema.ts';
import { MATCH_STEPS, Pattern, PatternError, type MatchBudget } from './pattern.ts';
import { Template, type Values } from './template.ts';

type Input = Pick<
  BootEntry & { type: 'linux' },
  'id' | 'title' | 'kernel' | 'initrds' | 'args' | 'conditions' | 'markers'
>;

/** A recipe as the engine takes it. */
export function recipeOf(
  distribution: string,
  rule: BootRule,
): { readonly recipe: Recipe; readonly options: RecipeOptions } {
  return {
    recipe: {
      name: rule.name,
      recognise: (iso, { signal }) => recogniseBy(rule, distribution, iso, signal),
    },
    options: { order: RECIPE_ORDER.distribution },
  };
}

type Answer = Omit<Recognition, 'entries'> & { entries: (Input & { type: 'linux'; serialArgs?: string[] })[] };

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
  const entries: Answer['entries'] = [];
  for (const entry of rule.entries) entries.push(...(await entryOf(entry, rule, values, volume ?? '', iso, signal)));
  const version = fill(rule.version);
  return {
    distribution,
    ...(version === undefined ? {} : { version }),
    title: oneLine(fill(rule.title) ?? '', 120) || oneLine(iso.label, 32) || distribution,
    kind: rule.kind ?? 'live',
    entries,
    notes: rule.notes,
  };
}

/** What the rule's placeholders stand for in this ISO; undefined when something that has to be there is not. */
async function recognisedValues(
  { labels, find = [], absent = [], line }: BootRule['recognise'],
  iso: IsoContents,
  signal: AbortSignal,
): Promise<Values | undefined> {
  const budget: MatchBudget = { steps: MATCH_STEPS };
  const values = new Map<string, string>();
  if (labels !== undefined) {
    const fitting = labels
      .map((label) => new Pattern(label).match(iso.label, budget))
      .find((found) => found !== undefined);
    if (fitting === undefined) return undefined;
    for (const [name, value] of fitting) values.set(name, value);
  }
  const files = iso.list('/');
  for (const rule of find) {
    const found = findFile(rule, files, values, budget);
    if (found === undefined && rule.optional !== true) return undefined;
    for (const [name, value] of found ?? []) values.set(name, value);
  }
  for (const path of absent) {
    if (files.some((file) => new Pattern(path).match(file, budget) !== undefined)) return undefined;
  }
  if (line !== undefined) {
    const found = await matchingLine(iso, line, budget, signal);
    if (found === undefined) return undefined;
    for (const [name, value] of found) values.set(name, value);
  }
  return values;
}

/** The first file that fits, with what the pattern's placeholders stand for and its own path under the rule's name. */
function findFile(
  { name, paths }: FindRule,
  files: readonly string[],
  known: Values,
  budget: MatchBudget,
): Values | undefined {
  for (const path of paths) {
    const pattern = withKnown(path, known);
    if (pattern === undefined) continue;
    for (const file of files) {
      const captured = pattern.match(file, budget);
      if (captured !== undefined) return new Map([...captured, [name, file]]);
    }
  }
  return undefined;
}

/** The pattern with the values of placeholders that are known already. */
function withKnown(path: string, known: Values): Pattern | undefined {
  try {
    return new Pattern(
      path.replace(/\{([a-z0-9_]+)(?::[^{}]*)?\}/g, (whole, name: string) => known.get(name) ?? whole),
    );
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

const LONGEST_LINE = 500;

async function matchingLine(
  iso: IsoContents,
  { file, pattern: text }: { readonly file: string; readonly pattern: string },
  budget: MatchBudget,
  signal: AbortSignal,
): Promise<Values | undefined> {
  const pattern = new Pattern(text);
  const lines = (await readIfSmall(iso, file, signal))?.split('\n', 1000) ?? [];
  for (const line of lines) {
    const found = line.length > LONGEST_LINE ? undefined : pattern.match(line.trim(), budget);
    if (found !== undefined) return found;
  }
  return undefined;
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
): Promise<Answer['entries']> {
  const fill = (template: string): string | undefined => new Template(template).fill(found);
  const [title, kernel] = [fill(rule.title), fill(rule.kernel)];
  if (title === undefined || kernel === undefined || !iso.has(kernel)) return [];
  // These are filled in by core when the ISO has its place on a stick.
  const later = ['iso_path', 'data_uuid', 'iso_label'].map((name) => [name, `{${name}}`] as const);
  const inArgs = new Map([...found, ...later, ['iso_volume', volume]]);
  const args: string[] = [];
  for (const arg of rule.args) {
    if (arg === '{own}') args.push(...(await ownArguments(own, kernel, iso, signal)));
    else args.push(...(new Template(arg).fill(inArgs)?.split(' ') ?? []));
  }
  return [
    {
      type: 'linux',
      id: rule.id,
      title: oneLine(title, 120),
      kernel,
      initrds: rule.initrds.flatMap((initrd) => fill(initrd) ?? []),
      args: args.filter((arg) => arg !== ''),
      ...(rule.serialArgs === undefined ? {} : { serialArgs: rule.serialArgs }),
      conditions: rule.conditions ?? {},
      markers: rule.markers ?? {},
    },
  ];
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
