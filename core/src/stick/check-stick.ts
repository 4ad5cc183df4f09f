import type { Engine } from '../engine/engine.ts';
import { failure } from '../engine/errors.ts';
import { checkBootCode } from './boot-code.ts';
import { checkDataFilesystem, hashDataFile } from './data-partition.ts';
import { hashEspFile } from './esp.ts';
import type { Partition } from './layout.ts';
import type { ManifestBoot } from './manifest.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import type { Work } from './work.ts';

/** What has to be on a stick. */
export interface Expected {
  readonly partitions: { readonly biosBoot: Partition; readonly esp: Partition; readonly data: Partition };
  readonly boot: ManifestBoot;
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
}

const REPORT_MS = 100;

/**
 * Reads everything on a stick and compares: boot code, the files of the ESP, the files and the structure of the data
 * filesystem.
 * @throws LoopstickError STICK_READ_BACK with the first thing that differs
 */
export async function checkStick(engine: Engine, work: Work, { partitions, boot, files }: Expected): Promise<void> {
  const differs = (what: string): Error => failure(STICK_ERRORS.readBack, { target: work.label, what });
  engine.events.emit('step', { step: 'verify', detail: work.label });
  await checkBootCode(work, partitions.biosBoot, boot);
  for (const { path, sha256 } of boot.esp) {
    if ((await hashEspFile(work, partitions.esp, path)) !== sha256) throw differs(`${path} on the ESP`);
  }
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  let reported = 0;
  const onBytes = (count: number): void => {
    done += count;
    const now = performance.now();
    if (now - reported < REPORT_MS && done < total) return;
    reported = now;
    engine.events.emit('progress', { step: 'verify', label: work.label, done, total });
  };
  for (const { path, sha256 } of files) {
    if ((await hashDataFile(work, partitions.data, path, onBytes)) !== sha256) throw differs(path);
  }
  await checkDataFilesystem(work, partitions.data);
}
