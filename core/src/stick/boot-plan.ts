import { z } from 'zod';

import { lineSchema } from '../catalog/atoms.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure } from '../engine/errors.ts';
import type { BootPlan, IsoFileOnEsp, LeftOutItem, MenuItem, TypedMenu } from '../engine/hooks.ts';
import { describeIssues } from '../engine/issues.ts';
import { FIRMWARES, isoPathSchema } from '../recipe/boot-entry.ts';
import { BIOS_BOOT, SECTOR } from './layout.ts';
import { DATA_PATH, ESP_PATH, KEYS } from './manifest.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import { BOOT_CODE_LIMIT } from './boot-code.ts';

// Of what a bootloader brings itself, which is in memory.
const OWN_FILES_LIMIT = 96 * 1024 * 1024;

const bytes = z.instanceof(Uint8Array);
const espPath = z.string().max(200).regex(ESP_PATH, 'is not a path for the ESP');
const bootPlanSchema = z.object({
  firmwares: z.array(z.enum(FIRMWARES)).min(1).max(FIRMWARES.length),
  espFiles: z.map(espPath, bytes),
  bios: z.object({ bootCode: bytes, embedded: bytes }).optional(),
  isoFiles: z
    .array(z.object({ isoPath: z.string().max(300).regex(DATA_PATH), source: isoPathSchema, path: espPath }))
    .max(1000)
    .default([]),
  leftOut: z.array(z.object({ id: lineSchema(200), reason: lineSchema(200) })).default([]),
  typed: z
    .object({
      ready: lineSchema(200).refine((text) => text.length >= 3, 'must have 3 characters'),
      keys: z.map(z.string().max(200), z.string().max(20_000).regex(KEYS, 'must be keys of a terminal')),
    })
    .optional(),
});

/** A plan that can be carried out: all that may be missing from a plugin's is there. */
export interface CheckedBootPlan extends BootPlan {
  readonly isoFiles: readonly IsoFileOnEsp[];
  readonly leftOut: readonly LeftOutItem[];
  readonly typed: TypedMenu | undefined;
}

/**
 * A bootloader's plan comes from a plugin: nothing in it may reach outside its place.
 * @throws LoopstickError PLUGIN_OUTPUT_INVALID, STICK_PLAN_INVALID
 */
export function checkBootPlan(bootloader: string, answer: unknown, items: readonly MenuItem[]): CheckedBootPlan {
  const parsed = bootPlanSchema.safeParse(answer);
  if (!parsed.success) {
    const values = { plugin: bootloader, hook: `bootloaders/${bootloader}`, problem: describeIssues(parsed.error) };
    throw failure(ENGINE_ERRORS.badOutput, values);
  }
  const { firmwares, espFiles, bios, isoFiles, leftOut, typed } = parsed.data;
  const plan = { firmwares, espFiles, bios, isoFiles, leftOut, typed };
  const paths = [...espFiles.keys(), ...isoFiles.map(({ path }) => path)];
  const problem = clashOf(paths) ?? excessOf(plan) ?? strangeIdOf(plan, items);
  if (problem !== undefined) throw failure(STICK_ERRORS.planInvalid, { bootloader, problem });
  return plan;
}

/** FAT takes names that differ in case only for one, and a name is either a file or a folder. */
function clashOf(paths: readonly string[]): string | undefined {
  const files = new Set<string>();
  for (const path of paths.map((each) => each.toLowerCase())) {
    if (files.has(path)) return `two files of the ESP are called "${path}"`;
    files.add(path);
  }
  for (const path of files) {
    const parts = path.split('/');
    const folder = parts.map((_, end) => parts.slice(0, end).join('/')).find((each) => files.has(each));
    if (folder !== undefined) return `"${folder}" is both a file and a folder of the ESP`;
  }
  return undefined;
}

function excessOf({ espFiles, bios }: BootPlan): string | undefined {
  const total = [...espFiles.values()].reduce((sum, content) => sum + content.length, 0);
  if (total > OWN_FILES_LIMIT)
    return `its own files of the ESP have ${total} bytes; at most ${OWN_FILES_LIMIT} are taken`;
  if (bios === undefined) return undefined;
  if (bios.bootCode.length > BOOT_CODE_LIMIT) return 'its boot code reaches into the partition table';
  const room = BIOS_BOOT.sectors * SECTOR;
  return bios.embedded.length > room ? 'its BIOS image does not fit into the BIOS boot partition' : undefined;
}

/** Each of the menu's items is left out once at most, and of others nothing is said. */
function strangeIdOf({ leftOut, typed }: CheckedBootPlan, items: readonly MenuItem[]): string | undefined {
  const open = new Set(items.map(({ id }) => id));
  const twice = leftOut.find(({ id }) => !open.delete(id));
  if (twice !== undefined) return `it leaves out ${twice.id}, which is no item of the menu, or leaves it out twice`;
  const strange = [...(typed?.keys.keys() ?? [])].find((id) => !open.has(id));
  return strange === undefined ? undefined : `it has keys for ${strange}, which is no item of the menu`;
}
