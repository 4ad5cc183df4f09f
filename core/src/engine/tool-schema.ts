import { z } from 'zod';

import { printable } from './errors.ts';

const PACKAGE_MANAGERS = ['apt', 'dnf', 'pacman', 'zypper', 'brew'] as const;
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

/** A program or file of the system that Loopstick or one of its plugins relies on. */
export interface SystemTool {
  readonly name: string;
  readonly purpose: string;
  /** What cannot be done without it. */
  readonly neededFor: 'build' | 'boot';
  /** Names of the program, or absolute paths of a file; one that is there is enough. */
  readonly anyOf: readonly string[];
  /** The package that brings it; managers that have none are left out. */
  readonly packages: Readonly<Partial<Record<PackageManager, string>>>;
}

const oneLine = (limit: number): z.ZodString =>
  z
    .string()
    .min(1)
    .refine((text) => printable(text, limit) === text, `must be a line of at most ${limit} characters`);

const place = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][\w.+-]*$|^(\/[\w.+-]+)+$/, 'must be the name of a program or an absolute path')
  .refine((path) => !path.split('/').includes('..'), 'must not contain ".."');

// People copy these into a command that root runs: no options, no paths, nothing that a shell would read.
const packageName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][\w.+-]*$/, 'must be the name of a package');

export const toolsSchema: z.ZodType<SystemTool[]> = z
  .array(
    z.strictObject({
      name: oneLine(60),
      purpose: oneLine(100),
      neededFor: z.enum(['build', 'boot']),
      anyOf: z.array(place).min(1).max(20),
      packages: z.partialRecord(z.enum(PACKAGE_MANAGERS), packageName),
    }),
  )
  .max(50);
