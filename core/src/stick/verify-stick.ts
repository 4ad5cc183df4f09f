import type { Engine } from '../engine/engine.ts';
import { failure } from '../engine/errors.ts';
import { checkStick } from './check-stick.ts';
import { checkPartitionTable, readPartitions } from './gpt.ts';
import type { Stick } from './read.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import { openWork } from './work.ts';

/**
 * Reads everything on a stick and compares it with the manifest: partition table, boot code, ESP, ISOs, filesystem.
 * @throws LoopstickError STICK_READ_BACK
 */
export async function verifyStick(engine: Engine, { path, manifest }: Stick, signal: AbortSignal): Promise<void> {
  const { runner, now } = engine.context;
  const work = await openWork({ path, label: path }, { runner, time: now(), signal });
  try {
    const { biosBoot, esp, data } = await readPartitions(work);
    if (biosBoot === undefined || esp === undefined || data === undefined) {
      throw failure(STICK_ERRORS.readBack, { target: path, what: 'the partition table' });
    }
    const partitions = { biosBoot, esp, data };
    await checkPartitionTable(work, partitions);
    await checkStick(engine, work, { partitions, boot: manifest.boot, files: manifest.images });
  } finally {
    await work.close();
  }
}
