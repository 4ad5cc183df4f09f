import { z } from 'zod';

import type { Engine } from '../engine/engine.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure, printable } from '../engine/errors.ts';
import type { RecognisedBy } from '../engine/hooks.ts';
import { describeIssues } from '../engine/issues.ts';
import { recognitionSchema, type Recognition } from './boot-entry.ts';
import type { IsoContents } from './iso.ts';
import type { OpenIso } from './iso-reader.ts';
import { RECIPE_ERRORS } from './recipe-errors.ts';

/** What a recipe says of an ISO, and whose recipe it is. */
export interface RecognisedIso {
  readonly pluginId: string;
  readonly recipe: string;
  readonly recognition: Recognition;
}

const rejectionSchema = z.strictObject({ rejected: z.string().min(1).max(500) });

/**
 * What the first recipe says that knows this ISO, validated. A recipe that fails, or answers with something that is
 * not allowed, loses its turn with a warning event; its error is thrown when nobody else knows the ISO.
 *
 * @throws LoopstickError RECIPE_NONE, PLUGIN_OUTPUT_INVALID; the signal's reason when aborted.
 */
export async function recogniseIso(
  engine: Engine,
  iso: IsoContents & Pick<OpenIso, 'file'>,
  signal: AbortSignal,
): Promise<RecognisedIso> {
  const reasons: string[] = [];
  const invalid: Error[] = [];
  let recognised: RecognisedIso | undefined;
  await engine.recognise(iso, signal, (answer) => {
    const rejection = rejectionSchema.safeParse(answer.recognition);
    if (rejection.success) {
      reasons.push(printable(rejection.data.rejected));
      return false;
    }
    try {
      recognised = { ...answer, recognition: validate(answer, iso) };
      return true;
    } catch (error) {
      invalid.push(error as Error);
      throw error;
    }
  });
  signal.throwIfAborted();
  if (recognised !== undefined) return recognised;
  if (invalid[0] !== undefined) throw invalid[0];
  const reason = reasons.join('; ') || 'nothing in it looks familiar';
  throw failure(RECIPE_ERRORS.none, { file: iso.file, label: iso.label, reason });
}

function validate({ pluginId, recipe, recognition }: RecognisedBy, iso: IsoContents): Recognition {
  const parsed = recognitionSchema.safeParse(recognition);
  const problem = parsed.success ? problemOf(parsed.data, iso) : describeIssues(parsed.error);
  if (parsed.success && problem === undefined) return parsed.data;
  const values = { plugin: pluginId, hook: `recipes/${recipe}`, problem: problem ?? 'no recognition' };
  throw failure(ENGINE_ERRORS.badOutput, values, { pluginId });
}

/** What is wrong with entries that are well-formed. */
function problemOf({ entries }: Recognition, iso: IsoContents): string | undefined {
  const ids = new Set<string>();
  for (const entry of entries) {
    if (ids.has(entry.id)) return `there are two entries with the id ${entry.id}`;
    ids.add(entry.id);
    const files = entry.type === 'linux' ? [entry.kernel, ...entry.initrds] : [entry.config];
    const missing = files.find((file) => !iso.has(file));
    if (missing !== undefined) return `entry ${entry.id} names ${missing}, which is not in the ISO`;
  }
  return undefined;
}
