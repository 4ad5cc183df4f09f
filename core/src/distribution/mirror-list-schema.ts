/** Where mirrors of an image are listed, as data for the hook of mirror lists (engine/contract/mirror-list.ts). */
import { z } from 'zod';

import { MIRROR_LIST_FORMATS, type MirrorListFormat } from '../engine/hooks.ts';
import { addressSchema, patternSchema, templateSchema } from './description-atoms.ts';

/**
 * The addresses of an image are looked through, best first, and the first that fits a pattern of any rule decides. A
 * rule without a list says that there is none for such an address.
 */
export interface MirrorListRule {
  /** Patterns of addresses: `https://releases.example.org/{path}`. */
  from: string[];
  list?:
    | {
        format: MirrorListFormat;
        url: string;
        /** See MirrorList. */
        path?: string | undefined;
        tree?: string | undefined;
      }
    | undefined;
}

export const mirrorListRuleSchema: z.ZodType<MirrorListRule, unknown> = z.strictObject({
  from: z.array(patternSchema).min(1).max(16),
  list: z
    .strictObject({
      format: z.enum(MIRROR_LIST_FORMATS),
      url: addressSchema,
      path: templateSchema.optional(),
      tree: templateSchema.optional(),
    })
    .optional(),
});
