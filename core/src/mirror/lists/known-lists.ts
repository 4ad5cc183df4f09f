import { z } from 'zod';

import { ENGINE_ERRORS } from '../../engine/engine-errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { failure } from '../../engine/errors.ts';
import { MIRROR_LIST_FORMATS, type ListedImage, type MirrorList } from '../../engine/hooks.ts';
import { describeIssues } from '../../engine/issues.ts';
import { isPathBelow, isPrivate, webAddress } from './addresses.ts';

/** A list, and the name of the source that says there is one. */
export interface KnownList extends MirrorList {
  readonly source: string;
}

const MOST_LISTS = 8;

const path = z.string().refine(isPathBelow, 'must be a path of plain names');

const schema: z.ZodType<readonly MirrorList[], unknown> = z
  .array(
    z.object({
      format: z.enum(MIRROR_LIST_FORMATS),
      url: z.string().refine((text) => {
        const url = webAddress(text);
        return url !== undefined && isPrivate(url);
      }, 'must be an https address without credentials'),
      path: path.optional(),
      tree: path.optional(),
    }),
  )
  .max(MOST_LISTS);

/**
 * The lists of mirrors that plugins know for an image, in the order of their registration. What a plugin says wrongly
 * costs its lists and a warning.
 * @throws the signal's reason
 */
export async function knownLists(engine: Engine, image: ListedImage, signal: AbortSignal): Promise<KnownList[]> {
  const found = await engine.mirrorLists(image, signal);
  return found.flatMap(({ source, lists }) => {
    const parsed = schema.safeParse(lists);
    if (parsed.success) return parsed.data.map((list) => ({ ...list, source }));
    const values = { plugin: source, hook: `mirrorLists/${source}`, problem: describeIssues(parsed.error) };
    engine.events.emit('warning', failure(ENGINE_ERRORS.badOutput, values));
    return [];
  });
}
