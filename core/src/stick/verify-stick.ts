import type { Engine } from '../engine/engine.ts';
import { checkDataFiles } from './data-partition.ts';
import type { Stick } from './read.ts';
import { openWork } from './work.ts';

/**
 * Reads every ISO on a stick and compares it with the manifest, and checks the data filesystem.
 * @throws LoopstickError STICK_READ_BACK
 */
export async function verifyStick(engine: Engine, stick: Stick, signal: AbortSignal): Promise<void> {
  const { events, context } = engine;
  const { path } = stick;
  const work = await openWork({ path, label: path }, { runner: context.runner, time: context.now(), signal });
  const { images } = stick.manifest;
  const total = images.reduce((sum, { size }) => sum + size, 0);
  const done = new Map<string, number>();
  events.emit('step', { step: 'verify', detail: stick.path });
  try {
    await checkDataFiles(work, stick.data, images, (path, bytes) => {
      done.set(path, bytes);
      const sum = [...done.values()].reduce((a, b) => a + b, 0);
      events.emit('progress', { step: 'verify', label: stick.path, done: sum, total });
    });
  } finally {
    await work.close();
  }
}
