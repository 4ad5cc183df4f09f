import { z } from 'zod';

import { describeIssues } from '../../engine/issues.ts';
import { webAddress } from './addresses.ts';
import { MalformedList, MOST_LISTED, textOf, type ListedMirror } from './listed-mirror.ts';

/** `prio` 0 is the best. There is more in it, such as when the mirror was looked at. */
interface Entry {
  readonly url: string;
  readonly prio?: number | undefined;
}

const schema: z.ZodType<readonly Entry[], unknown> = z
  .array(z.object({ url: z.string(), prio: z.number().optional() }))
  .max(MOST_LISTED);

/**
 * The JSON list of mirrors of MirrorCache, which serves openSUSE: `[{"url", "prio", "mtime", "time"}, …]`.
 * @throws MalformedList, SyntaxError, TypeError
 */
export function parseMirrorcache(document: Uint8Array): ListedMirror[] {
  const parsed = schema.safeParse(JSON.parse(textOf(document)));
  if (!parsed.success) throw new MalformedList(describeIssues(parsed.error));
  const last = parsed.data.length;
  return parsed.data
    .toSorted((a, b) => (a.prio ?? last) - (b.prio ?? last))
    .flatMap(({ url: text }) => {
      const url = webAddress(text);
      return url === undefined ? [] : [{ url: url.href }];
    });
}
