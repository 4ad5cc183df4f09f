/** Recipes as data: how an ISO is recognised by what is inside, and what is started in it. */
import { z } from 'zod';

import { lineSchema } from '../catalog/atoms.ts';
import {
  DATA_FILESYSTEMS,
  FIRMWARES,
  IMAGE_KINDS,
  isoPathSchema,
  type BootConditions,
  type BootMarkers,
  type ImageKind,
} from '../recipe/boot-entry.ts';
import { nameSchema, patternSchema, templateSchema, valueSchema } from './description-atoms.ts';

/** A file inside the ISO that is known by a name from then on. */
export interface FindRule {
  name: string;
  /**
   * Patterns of absolute paths; the first that fits a file counts, and its first file. A placeholder whose name is known
   * already stands for its value.
   */
  paths: string[];
  /** The ISO may be without. */
  optional?: boolean | undefined;
}

export interface BootEntryRule {
  id: string;
  /** Templates, as are the others below. An entry whose kernel is not there is left out, and an initrd as well. */
  title: string;
  kernel: string;
  initrds: string[];
  /**
   * Beyond what was found: `{iso_path}`, `{data_uuid}` and `{iso_label}` as in boot entries, `{iso_volume}` for what a
   * initrd finds the ISO's volume by (`LABEL=…`, or `UUID=…` when the label does not survive scripts), and `{own}` alone
   * for the arguments that the ISO's own menu gives to this kernel.
   */
  args: string[];
  serialArgs?: string[] | undefined;
  conditions?: BootConditions | undefined;
  markers?: BootMarkers | undefined;
}

export interface BootRule {
  /** Of the recipe, among those of the document. */
  name: string;
  /**
   * `distribution`, the default: one distribution alone, asked before any other recipe. `family`: whatever is built in
   * this way, asked when nobody else knows the ISO.
   */
  order?: 'distribution' | 'family' | undefined;
  /** All that is given has to hold. */
  recognise: {
    /** Patterns of the volume's label, one of which has to fit. */
    labels?: string[] | undefined;
    find?: FindRule[] | undefined;
    /** Patterns of paths that must not be there. */
    absent?: string[] | undefined;
    /** The first line of a small file that the pattern fits. */
    line?: { file: string; pattern: string } | undefined;
  };
  /** Why such an ISO cannot boot from a stick; then there are no entries. */
  rejected?: string | undefined;
  title?: string | undefined;
  version?: string | undefined;
  kind?: ImageKind | undefined;
  /** Arguments of the ISO's own menu that `{own}` leaves out, as patterns, and what it is when there is no such menu. */
  own?: { without: string[]; otherwise: string[] } | undefined;
  entries: BootEntryRule[];
  notes: string[];
}

const argumentSchema = valueSchema.and(templateSchema).refine((text) => !text.includes(' '), 'must be one word');
const markers = z
  .array(lineSchema(200).refine((text) => text.length >= 3, 'must have 3 characters'))
  .min(1)
  .max(8)
  .optional();

const entrySchema: z.ZodType<BootEntryRule, unknown> = z.strictObject({
  id: z
    .string()
    .max(64)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens'),
  title: templateSchema,
  kernel: templateSchema,
  initrds: z.array(templateSchema).max(8).default([]),
  args: z.array(argumentSchema).max(64).default([]),
  serialArgs: z.array(argumentSchema).max(8).optional(),
  conditions: z
    .strictObject({
      firmware: z.array(z.enum(FIRMWARES)).min(1).optional(),
      secureBoot: z.enum(['signed', 'unsigned']).optional(),
      dataFilesystem: z.array(z.enum(DATA_FILESYSTEMS)).min(1).optional(),
    })
    .optional(),
  markers: z.strictObject({ kernel: markers, userland: markers }).optional(),
});

export const bootSchema: z.ZodType<BootRule, unknown> = z
  .strictObject({
    name: z
      .string()
      .max(64)
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens'),
    order: z.enum(['distribution', 'family']).optional(),
    recognise: z
      .strictObject({
        labels: z.array(patternSchema).min(1).max(32).optional(),
        find: z
          .array(
            z.strictObject({
              name: nameSchema,
              paths: z.array(patternSchema).min(1).max(16),
              optional: z.boolean().optional(),
            }),
          )
          .max(16)
          .optional(),
        absent: z.array(patternSchema).min(1).max(16).optional(),
        line: z.strictObject({ file: isoPathSchema, pattern: patternSchema }).optional(),
      })
      .refine(({ labels, find, line }) => labels !== undefined || find !== undefined || line !== undefined, {
        message: 'must ask for a label, a file or a line',
      }),
    rejected: templateSchema.optional(),
    title: templateSchema.optional(),
    version: templateSchema.optional(),
    kind: z.enum(IMAGE_KINDS).optional(),
    own: z
      .strictObject({
        without: z.array(patternSchema).max(64).default([]),
        otherwise: z.array(argumentSchema).max(32).default([]),
      })
      .optional(),
    entries: z.array(entrySchema).max(16).default([]),
    notes: z.array(lineSchema(300)).max(16).default([]),
  })
  .refine(({ rejected, title, kind, entries }) => {
    return rejected !== undefined || (title !== undefined && kind !== undefined && entries.length > 0);
  }, 'needs a title, a kind and entries, or the reason why it is rejected');
