/**
 * A document that says for distributions where mirrors of them are listed, as the `mirrorLists` of a distribution's
 * description does, for distributions that somebody else describes.
 */
import { relative } from 'node:path';

import { z } from 'zod';

import { idSchema } from '../catalog/atoms.ts';
import { covers } from '../isolation/wire/covers.ts';
import { failure, reasonOf, type LoopstickError } from '../engine/errors.ts';
import type { MirrorListSource } from '../engine/hooks.ts';
import { describeIssues } from '../engine/issues.ts';
import { documentIn } from '../plugin/own-document.ts';
import { checkMirrorLists } from './description-checks.ts';
import { mirrorListAddresses } from './description-hosts.ts';
import { DISTRIBUTION_ERRORS } from './distribution-errors.ts';
import { DESCRIPTION_LIMIT, readInside, type DescriptionOwner } from './load-description.ts';
import { mirrorListRuleSchema, type MirrorListRule } from './mirror-list-schema.ts';
import { mirrorListsBy } from './mirror-lists.ts';

interface MirrorListDocument {
  schema: { major: number; minor: number };
  /** Ids of the distributions whose images it is asked about. */
  distributions: string[];
  mirrorLists: MirrorListRule[];
}

const documentSchema: z.ZodType<MirrorListDocument, unknown> = z
  .strictObject({
    $schema: z.string().max(500).optional(),
    schema: z.strictObject({ major: z.literal(1), minor: z.int().min(0) }),
    distributions: z.array(idSchema).min(1).max(100),
    mirrorLists: z.array(mirrorListRuleSchema).min(1).max(100),
  })
  .superRefine(({ mirrorLists }, context) => {
    for (const issue of checkMirrorLists(mirrorLists)) context.addIssue({ code: 'custom', ...issue });
  });

/**
 * Reads such a document of a plugin. The source has the plugin's id for a name.
 * @throws LoopstickError MIRROR_LISTS_INVALID, DISTRIBUTION_TOO_LARGE, DISTRIBUTION_UNREADABLE
 */
export async function readMirrorLists(owner: DescriptionOwner): Promise<MirrorListSource> {
  const { id: pluginId, directory, file, hosts } = owner;
  const name = relative(directory, file);
  const invalid = (problem: string, cause?: unknown): LoopstickError =>
    failure(DISTRIBUTION_ERRORS.mirrorListsInvalid, { plugin: pluginId, file: name, problem }, { pluginId, cause });
  const bytes = await readInside(owner, name, DESCRIPTION_LIMIT);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(reasonOf(cause), cause);
  }
  const parsed = documentSchema.safeParse(documentIn(json, file, 'mirrorLists'));
  if (!parsed.success) throw invalid(describeIssues(parsed.error), parsed.error);
  const { distributions, mirrorLists } = parsed.data;
  const foreign = mirrorListAddresses(mirrorLists).find(({ url }) => !hosts.some((host) => covers(host, url)));
  if (foreign !== undefined) {
    throw invalid(
      `${foreign.place}: ${foreign.url.host} is not among the hosts in "permissions.hosts" of its manifest`,
    );
  }
  return mirrorListsBy(mirrorLists, distributions, pluginId);
}
