import { z } from 'zod';

import { descriptionSchema, type RegistryDescription } from '../tuf/description.ts';
import type { Role } from '../tuf/roles.ts';

/** `registry.json` in a registry's folder: what its publisher has decided. Nothing in it is secret. */
export interface RegistrySettings {
  description: RegistryDescription;
  /** For how many days what a role signs is good. */
  days: Record<Role, number>;
}

const days = z.int().min(1).max(3650);

export const registrySettingsSchema: z.ZodType<RegistrySettings, unknown> = z.strictObject({
  description: descriptionSchema,
  days: z.strictObject({ root: days, targets: days, snapshot: days, timestamp: days }),
});

/**
 * The root is signed by hand and seldom; targets whenever the content changes. The online roles are short, as they bound
 * for how long somebody can hide newer data from a reader.
 */
export const DEFAULT_DAYS: Readonly<Record<Role, number>> = { root: 365, targets: 90, snapshot: 7, timestamp: 7 };
