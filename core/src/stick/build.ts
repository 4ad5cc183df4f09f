import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, systemCode } from '../engine/errors.ts';
import { hashFile } from '../verify/hash.ts';
import { checkStick } from './check-stick.ts';
import type { DataFile } from './data-partition.ts';
import { checkPartitionTable } from './gpt.ts';
import { minimumSize, planLayout } from './layout.ts';
import { noteStick } from './made-sticks.ts';
import { MANIFEST_NAME, type StickManifest } from './manifest.ts';
import { manifestOf, planStick, type StickPlan, type StickSpec } from './plan.ts';
import { planBoot } from './plan-boot.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import { checkApart, checkSpace, checkTarget, openTarget, type StickTarget } from './target.ts';
import { openWork } from './work.ts';
import { writeStick } from './write-stick.ts';

// A manifest takes a few KiB; this much is set aside for it when the size is reckoned.
const MANIFEST_ROOM = 1024 * 1024;

/** How large a target for images of these sizes has to be at least, in bytes: a bootloader may take files out of them. */
export function stickSizeFor(imageSizes: readonly number[]): number {
  return minimumSize([...imageSizes, MANIFEST_ROOM]);
}

/**
 * Makes a stick: looks inside the images, plans, writes, reads everything back. An image file appears under its name
 * only when all of it has been checked.
 *
 * @throws LoopstickError RECIPE_NONE, STICK_NOTHING_STARTS, STICK_OUTPUT_EXISTS, STICK_TOO_SMALL, STICK_NO_SPACE, STICK_READ_BACK, DEVICE_…,
 *   TOOL_MISSING, PLUGIN_REFUSED
 */
export async function buildStick(
  engine: Engine,
  spec: StickSpec,
  target: StickTarget,
  signal: AbortSignal,
): Promise<StickManifest> {
  const { context, events } = engine;
  await checkTarget(target);
  await checkApart(
    target,
    spec.images.map(({ file }) => file),
  );
  await engine.notify('beforePlan', { images: spec.images.map(({ id }) => id) }, signal);
  const plan = await planStick(engine, spec, signal);
  const bootloader = await engine.bootloader(spec.bootloader ?? engine.settings.stick.bootloader);
  const sizes = [...spec.images.map(({ size }) => size), MANIFEST_ROOM];
  const label = target.kind === 'image' ? target.path : target.device.path;

  const workDirectory = await mkdtemp(join(tmpdir(), 'loopstick-'));
  try {
    events.emit('step', { step: 'plan', detail: label });
    const boot = await planBoot(engine, bootloader, { title: spec.title, plan }, workDirectory, signal);
    const espSizes = [...boot.espFiles.values(), ...boot.taken].map(({ length }) => length);
    const needed = minimumSize(sizes, espSizes);
    const total = target.kind === 'image' ? (target.size ?? needed) : target.device.size;
    const layout = planLayout(label, total, sizes, espSizes);
    await checkSpace(target, needed);
    const manifest = manifestOf(spec, plan, bootloader, boot);
    await engine.notify('afterPlan', { manifest }, signal);

    await engine.notify('beforeApply', { target: label }, signal);
    const files = await dataFiles(plan, manifest, workDirectory);
    const open = await openTarget(target, total, context, signal);
    try {
      const work = await openWork(open, { runner: context.runner, time: spec.createdAt, signal });
      try {
        await writeStick(engine, work, { identity: plan.identity, layout, boot, files }, open.confirm);
        await open.settle();
        await checkPartitionTable(work, layout);
        await checkStick(engine, work, { partitions: layout, boot: manifest.boot, files });
      } catch (error) {
        // Before a tool or the medium is blamed, the sources are looked at once more.
        if (isLoopstickError(error, 'STICK_READ_BACK') || isLoopstickError(error, 'TOOL_FAILED')) {
          await requireUnchanged(files, signal);
        }
        throw error;
      } finally {
        await work.close();
      }
      events.emit('step', { step: 'finish', detail: label });
      signal.throwIfAborted();
      await open.commit();
      await noteStick(context, target, manifest, bootloader);
    } finally {
      await open.discard();
    }
    await engine.notify('afterApply', { target: label, manifest }, signal);
    return manifest;
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

async function dataFiles(plan: StickPlan, manifest: StickManifest, workDirectory: string): Promise<DataFile[]> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const source = join(workDirectory, MANIFEST_NAME);
  await writeFile(source, text);
  const images = plan.images.map(({ image, path }) => ({
    path,
    source: image.file,
    size: image.size,
    sha256: image.sha256,
  }));
  const sha256 = createHash('sha256').update(text).digest('hex');
  // The manifest comes last: it names what is already there.
  return [...images, { path: `${plan.folder}/${MANIFEST_NAME}`, source, size: Buffer.byteLength(text), sha256 }];
}

async function requireUnchanged(files: readonly DataFile[], signal: AbortSignal): Promise<void> {
  for (const { source, sha256 } of files) {
    const now = await hashFile(source, { signal }).catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw error;
      return undefined;
    });
    if (now !== sha256) throw failure(STICK_ERRORS.sourceChanged, { file: source });
  }
}
