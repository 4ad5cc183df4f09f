import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import { failure } from '../engine/errors.ts';
import type { OwnedBootloader } from '../engine/hooks.ts';
import { checkBootPlan } from './boot-plan.ts';
import { BIOS_BOOT } from './layout.ts';
import type { StickPlan } from './plan.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import { takeFiles, type StickBoot } from './taken-files.ts';

/**
 * Asks the bootloader for its plan, and warns of what will be missing in its menu. The layout follows from the plan: the
 * EFI system partition is as large as its files ask for.
 * @throws LoopstickError PLUGIN_OUTPUT_INVALID, STICK_PLAN_INVALID, STICK_NOTHING_STARTS; those of the bootloader
 */
export async function planBoot(
  engine: Engine,
  bootloader: OwnedBootloader,
  { title, plan }: { readonly title: string; readonly plan: StickPlan },
  workDirectory: string,
  signal: AbortSignal,
): Promise<StickBoot> {
  const items = plan.images.flatMap((image) => image.items);
  const answer: unknown = await bootloader.plan({
    items,
    stick: { id: plan.identity.id, title },
    data: { filesystem: 'ext4', uuid: plan.identity.dataUuid },
    esp: { uuid: plan.identity.espUuid },
    biosBoot: BIOS_BOOT,
    workDirectory: await mkdtemp(join(workDirectory, 'boot-')),
    runner: engine.context.runner,
    signal,
  });
  const boot = checkBootPlan(bootloader.name, answer, items);
  const titles = new Map(items.map((item) => [item.id, item.title]));
  if (boot.leftOut.length === items.length) {
    const reasons = boot.leftOut.map(({ id, reason }) => `"${titles.get(id) ?? id}": ${reason}`).join('; ');
    throw failure(STICK_ERRORS.nothingStarts, { bootloader: bootloader.name, reasons });
  }
  for (const { id, reason } of boot.leftOut) {
    const values = { entry: titles.get(id) ?? id, bootloader: bootloader.name, reason };
    engine.events.emit('warning', failure(STICK_ERRORS.entryLeftOut, values, { pluginId: bootloader.pluginId }));
  }
  const isos = new Map(plan.images.map(({ path, iso }) => [path, iso]));
  return { ...boot, taken: await takeFiles(bootloader.name, boot, isos, signal) };
}
