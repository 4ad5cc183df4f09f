import { stat } from 'node:fs/promises';

import type { Engine } from '../engine/engine.ts';
import { writeBootCode } from './boot-code.ts';
import { formatData, writeDataFiles, type DataFile } from './data-partition.ts';
import { formatEsp, writeEspFiles } from './esp.ts';
import { writePartitionTable } from './gpt.ts';
import type { StickIdentity } from './identity.ts';
import type { Layout } from './layout.ts';
import type { StickBoot } from './taken-files.ts';
import type { Work } from './work.ts';

/** All that goes onto a stick. */
export interface Content {
  readonly identity: StickIdentity;
  readonly layout: Layout;
  readonly boot: StickBoot;
  readonly files: readonly DataFile[];
}

/**
 * Writes a whole stick. What was on the target is gone.
 * @param confirm asked before each step: the target is still the one that was chosen, and nobody else uses it
 */
export async function writeStick(
  engine: Engine,
  work: Work,
  { identity, layout, boot, files }: Content,
  confirm: () => Promise<void>,
): Promise<void> {
  const { events } = engine;
  const { bios } = boot;
  const begin = (step: 'format' | 'copy' | 'boot'): void => {
    events.emit('step', { step, detail: work.label });
  };
  const run = async (write: () => Promise<void>): Promise<void> => {
    await confirm();
    await write();
  };

  begin('format');
  await run(() => writePartitionTable(work, layout, identity));
  await run(() => formatEsp(work, layout, identity));
  await run(() => formatData(work, layout, identity));
  begin('copy');
  await run(() => withProgress(engine, work, files, () => writeDataFiles(work, layout.data, files)));
  begin('boot');
  await run(() => writeEspFiles(work, layout.esp, boot));
  if (bios !== undefined) await run(() => writeBootCode(work, layout.biosBoot, bios));
}

/** debugfs does not say how far it is, but a sparse image file grows as it is filled. Devices report nothing. */
async function withProgress(
  { events }: Engine,
  work: Work,
  files: readonly DataFile[],
  copy: () => Promise<void>,
): Promise<void> {
  const before = await stat(work.path);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const report = async (): Promise<void> => {
    const { blocks } = await stat(work.path);
    const done = Math.min(Math.max(0, blocks - before.blocks) * 512, total);
    events.emit('progress', { step: 'copy', label: work.label, done, total });
  };
  const timer = before.isFile() ? setInterval(() => void report().catch(() => undefined), 250) : undefined;
  try {
    await copy();
  } finally {
    clearInterval(timer);
  }
}
