import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import type { Bootloader, BootPlan } from '../engine/hooks.ts';
import { checkBootCode, writeBootCode } from './boot-code.ts';
import { checkDataFiles, formatData, writeDataFiles, type DataFile } from './data-partition.ts';
import { checkEspFiles, formatEsp, writeEspFiles } from './esp.ts';
import { checkPartitionTable, writePartitionTable } from './gpt.ts';
import { minimumSize, planLayout, type Layout } from './layout.ts';
import { MANIFEST_NAME, type StickManifest } from './manifest.ts';
import { checkBootPlan, manifestOf, planStick, type StickPlan, type StickSpec } from './plan.ts';
import { checkSpace, checkTarget, openTarget, type StickTarget } from './target.ts';
import { openWork, type Work } from './work.ts';

// A manifest takes a few KiB; this much is set aside for it when the size is reckoned.
const MANIFEST_ROOM = 1024 * 1024;

/** How large a target for images of these sizes has to be, in bytes. */
export function stickSizeFor(imageSizes: readonly number[]): number {
  return minimumSize([...imageSizes, MANIFEST_ROOM]);
}

/**
 * Makes a stick: looks inside the images, plans, writes, reads everything back. An image file appears under its name
 * only when all of it has been checked.
 *
 * @throws LoopstickError RECIPE_NONE, STICK_OUTPUT_EXISTS, STICK_TOO_SMALL, STICK_NO_SPACE, STICK_READ_BACK, DEVICE_…,
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
  await engine.notify('beforePlan', { images: spec.images.map(({ id }) => id) }, signal);
  const plan = await planStick(engine, spec, signal);
  const bootloader = await engine.bootloader(engine.settings.stick.bootloader);

  const sizes = [...spec.images.map(({ size }) => size), MANIFEST_ROOM];
  const label = target.kind === 'image' ? target.path : target.device.path;
  const total = target.kind === 'image' ? (target.size ?? minimumSize(sizes)) : target.device.size;
  const layout = planLayout(label, total, sizes);
  await checkSpace(target, minimumSize(sizes));

  const workDirectory = await mkdtemp(join(tmpdir(), 'loopstick-'));
  try {
    events.emit('step', { step: 'plan', detail: label });
    const boot = await planBoot(engine, spec, plan, bootloader, layout, workDirectory, signal);
    const manifest = manifestOf(spec, plan, bootloader, boot);
    await engine.notify('afterPlan', { manifest }, signal);

    await engine.notify('beforeApply', { target: label }, signal);
    const files = await dataFiles(plan, manifest, workDirectory);
    const open = await openTarget(target, total, context, signal);
    try {
      const work = await openWork(open, { runner: context.runner, time: spec.createdAt, signal });
      try {
        const content: Content = { identity: plan.identity, layout, boot, files };
        await write(engine, work, content, open.confirm);
        await open.settle();
        await verify(engine, work, content);
      } finally {
        await work.close();
      }
      events.emit('step', { step: 'finish', detail: label });
      signal.throwIfAborted();
      await open.commit();
    } finally {
      await open.discard();
    }
    await engine.notify('afterApply', { target: label, manifest }, signal);
    return manifest;
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

/** All that goes onto a stick. */
interface Content {
  readonly identity: StickPlan['identity'];
  readonly layout: Layout;
  readonly boot: BootPlan;
  readonly files: readonly DataFile[];
}

async function planBoot(
  engine: Engine,
  spec: StickSpec,
  plan: StickPlan,
  bootloader: Bootloader,
  layout: Layout,
  workDirectory: string,
  signal: AbortSignal,
): Promise<BootPlan> {
  const boot = await bootloader.plan({
    items: plan.images.flatMap(({ items }) => items),
    stick: { id: plan.identity.id, title: spec.title },
    data: { filesystem: 'ext4', uuid: plan.identity.dataUuid },
    esp: { uuid: plan.identity.espUuid },
    biosBoot: layout.biosBoot,
    workDirectory: await mkdtemp(join(workDirectory, 'boot-')),
    runner: engine.context.runner,
    signal,
  });
  checkBootPlan(bootloader.name, boot, layout);
  return boot;
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

async function write(
  engine: Engine,
  work: Work,
  { identity, layout, boot, files }: Content,
  confirm: () => Promise<void>,
): Promise<void> {
  const { events } = engine;
  events.emit('step', { step: 'format', detail: work.label });
  await confirm();
  await writePartitionTable(work, layout, identity);
  await confirm();
  await formatEsp(work, layout, identity);
  await confirm();
  await formatData(work, layout, identity);

  events.emit('step', { step: 'copy', detail: work.label });
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const stop = await watchGrowth(work.path, (done) => {
    events.emit('progress', { step: 'copy', label: work.label, done: Math.min(done, total), total });
  });
  try {
    await writeDataFiles(work, layout.data, files);
  } finally {
    stop();
  }

  events.emit('step', { step: 'boot', detail: work.label });
  await writeEspFiles(work, layout, boot.espFiles);
  if (boot.bios !== undefined) await writeBootCode(work, layout, boot.bios);
}

async function verify(engine: Engine, work: Work, { layout, boot, files }: Content): Promise<void> {
  const { events } = engine;
  events.emit('step', { step: 'verify', detail: work.label });
  await checkPartitionTable(work, layout);
  if (boot.bios !== undefined) await checkBootCode(work, layout, boot.bios);
  await checkEspFiles(work, layout, boot.espFiles);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const finished = new Map<string, number>();
  await checkDataFiles(work, layout.data, files, (path, done) => {
    finished.set(path, done);
    const sum = [...finished.values()].reduce((a, b) => a + b, 0);
    events.emit('progress', { step: 'verify', label: work.label, done: sum, total });
  });
}

/** debugfs does not say how far it is, but a sparse image file grows as it is filled. Devices report nothing. */
async function watchGrowth(path: string, onGrowth: (bytes: number) => void): Promise<() => void> {
  const { blocks, size } = await stat(path);
  if (size === 0) return () => undefined;
  const timer = setInterval(() => {
    stat(path).then(
      (now) => {
        onGrowth(Math.max(0, now.blocks - blocks) * 512);
      },
      () => undefined,
    );
  }, 250);
  return () => {
    clearInterval(timer);
  };
}
