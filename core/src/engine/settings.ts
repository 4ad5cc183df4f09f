import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { EVIDENCE_LEVELS, type EvidenceLevel } from '../verify/evidence.ts';
import { ENGINE_ERRORS } from './engine-errors.ts';
import { failure, messageOf, systemCode } from './errors.ts';
import { describeIssues } from './issues.ts';

export interface Settings {
  readonly plugins: {
    /** Folders of further plugins, besides the bundled and the installed ones. */
    readonly paths: readonly string[];
    /** Ids of plugins to leave out. */
    readonly disabled: readonly string[];
  };
  readonly mirrors: { readonly strategy: string };
  readonly stick: { readonly bootloader: string };
  readonly trust: {
    /** Images with weaker evidence are used only when asked for. */
    readonly minimum: EvidenceLevel;
  };
}

const settingsSchema: z.ZodType<Settings, unknown> = z.strictObject({
  plugins: z
    .strictObject({ paths: z.array(z.string()).default([]), disabled: z.array(z.string()).default([]) })
    .prefault({}),
  mirrors: z.strictObject({ strategy: z.string().default('ordered') }).prefault({}),
  stick: z.strictObject({ bootloader: z.string().default('grub') }).prefault({}),
  trust: z.strictObject({ minimum: z.enum(EVIDENCE_LEVELS).default('registry') }).prefault({}),
});

/** The settings file's place. */
export function settingsFile(configDirectory: string): string {
  return join(configDirectory, 'settings.json');
}

/**
 * The user's settings with the defaults filled in; all defaults when there is no file.
 * @throws LoopstickError SETTINGS_INVALID
 */
export async function loadSettings(configDirectory: string): Promise<Settings> {
  const file = settingsFile(configDirectory);
  let json: unknown = {};
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') {
      throw failure(ENGINE_ERRORS.settingsInvalid, { file, problem: messageOf(error) }, { cause: error });
    }
  }
  return parseSettings(json, file);
}

/** @throws LoopstickError SETTINGS_INVALID */
export function parseSettings(json: unknown, file: string): Settings {
  const parsed = settingsSchema.safeParse(json);
  if (!parsed.success) {
    throw failure(ENGINE_ERRORS.settingsInvalid, { file, problem: describeIssues(parsed.error) });
  }
  return parsed.data;
}
