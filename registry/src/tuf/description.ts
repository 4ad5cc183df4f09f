import { z } from 'zod';

/** How a registry describes itself. */
export interface RegistryDescription {
  schema: 1;
  title: string;
  homepage?: string | undefined;
  /** When readers should ask again: so often, and by chance up to `jitterMinutes` later, so that not all come at once. */
  refresh: { intervalMinutes: number; jitterMinutes: number };
}

const title = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'must be one line of printable characters');

const month = 31 * 24 * 60;

export const descriptionSchema: z.ZodType<RegistryDescription, unknown> = z.object({
  schema: z.literal(1),
  title,
  homepage: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
  refresh: z.object({
    intervalMinutes: z.int().min(5).max(month),
    jitterMinutes: z.int().min(0).max(month),
  }),
});
