import type { IsoContents } from '../recipe/iso.ts';
import { readIfSmall } from '../recipe/own-starts.ts';
import type { BootRule, FindRule } from './boot-schema.ts';
import { MATCH_STEPS, Pattern, PatternError, type MatchBudget } from './pattern.ts';
import type { Values } from './template.ts';

/** What the rule's placeholders stand for in this ISO; undefined when something that has to be there is not. */
export async function recognisedValues(
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
