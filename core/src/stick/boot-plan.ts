import { z } from 'zod';

import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure } from '../engine/errors.ts';
import type { BootPlan } from '../engine/hooks.ts';
import { describeIssues } from '../engine/issues.ts';
import { FIRMWARES } from '../recipe/boot-entry.ts';
import { SECTOR, type Layout } from './layout.ts';
import { ESP_PATH } from './manifest.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import { BOOT_CODE_LIMIT } from './boot-code.ts';

const ESP_LIMIT = 96 * 1024 * 1024;

const bytes = z.instanceof(Uint8Array);
const bootPlanSchema = z.object({
  firmwares: z.array(z.enum(FIRMWARES)).min(1).max(FIRMWARES.length),
  espFiles: z.map(z.string().max(200).regex(ESP_PATH, 'is not a path for the ESP'), bytes),
  bios: z.object({ bootCode: bytes, embedded: bytes }).optional(),
});

/**
 * A bootloader's plan comes from a plugin: nothing in it may reach outside its place.
 * @throws LoopstickError PLUGIN_OUTPUT_INVALID, STICK_PLAN_INVALID
 */
export function checkBootPlan(bootloader: string, answer: unknown, layout: Layout): BootPlan {
  const parsed = bootPlanSchema.safeParse(answer);
  if (!parsed.success) {
    const values = { plugin: bootloader, hook: `bootloaders/${bootloader}`, problem: describeIssues(parsed.error) };
    throw failure(ENGINE_ERRORS.badOutput, values);
  }
  const { firmwares, espFiles, bios } = parsed.data;
  const plan = { firmwares, espFiles, bios };
  const problem = clashOf([...espFiles.keys()]) ?? excessOf(plan, layout);
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

function excessOf({ espFiles, bios }: BootPlan, layout: Layout): string | undefined {
  const total = [...espFiles.values()].reduce((sum, content) => sum + content.length, 0);
  if (total > ESP_LIMIT) return `${total} bytes do not fit on the ESP`;
  if (bios === undefined) return undefined;
  if (bios.bootCode.length > BOOT_CODE_LIMIT) return 'its boot code reaches into the partition table';
  const room = layout.biosBoot.sectors * SECTOR;
  return bios.embedded.length > room ? 'its BIOS image does not fit into the BIOS boot partition' : undefined;
}
