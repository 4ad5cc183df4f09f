/** The small values of a distribution's description. */
import { z } from 'zod';

import { Pattern, PatternError } from './pattern.ts';
import { ADDRESS_NAMES, Template } from './template.ts';

/** A file inside the plugin's folder. */
export const pluginFileSchema: z.ZodType<string> = z
  .string()
  .max(200)
  .regex(/^\.(?:\/[A-Za-z0-9_][\w.+-]*)+$/, 'must be a path inside the plugin, such as "./keys/example.asc"');

/** `41`, `13.*`, `*` */
export const versionRuleSchema: z.ZodType<string> = z
  .string()
  .max(64)
  .regex(/^(?:\*|[a-z0-9]+(?:[.-][a-z0-9]+)*(?:\.\*)?)$/, 'must be a version, one with ".*" at its end, or "*"');

/** True when the rule is of this version, or of one that it is below: `13.*` is of `13` and of `13.1.0`. */
export function versionFits(rule: string, version: string): boolean {
  if (rule === '*' || rule === version) return true;
  return rule.endsWith('.*') && `${version}.`.startsWith(rule.slice(0, -1));
}

/** The name of a placeholder or of a field. */
export const nameSchema: z.ZodType<string> = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, 'must be a name of lower-case letters, digits and "_"');

/** Text that stands for what it is, and reaches documents, addresses or a terminal. */
export const valueSchema: z.ZodType<string> = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII');

export const patternSchema: z.ZodType<string> = z.string().superRefine((text, context) => {
  refine(context, () => new Pattern(text));
});

/** Text with names in braces, for people or for other fields. */
export const templateSchema: z.ZodType<string> = z
  .string()
  .min(1)
  .max(300)
  .superRefine((text, context) => {
    refine(context, () => new Template(text));
  });

const ADDRESS = /^https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?\//;

/** An address with names in braces in its path: the host is always written out, or that of `{folder}` or `{url}`. */
export const addressSchema: z.ZodType<string> = z
  .string()
  .max(1000)
  .superRefine((text, context) => {
    refine(context, () => {
      const template = new Template(text);
      const inner = /^\{(\w+)\}/.exec(text)?.[1] ?? '';
      const whole = ADDRESS.test(template.beginning) && /^[\x21-\x7e]+$/.test(text);
      if (whole || ADDRESS_NAMES.has(inner)) return;
      throw new PatternError('must be an address whose host is written out, or begin with "{folder}" or "{url}"');
    });
  });

function refine(context: z.RefinementCtx, compile: () => unknown): void {
  try {
    compile();
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
}
