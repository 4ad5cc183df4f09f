import type { Engine } from '../engine/engine.ts';
import { checkDataFiles } from './data-partition.ts';
import type { Stick } from './read.ts';
import { createWork } from './work.ts';

/**
 * Reads every ISO on a stick and compares it with the manifest, and checks the data filesystem.
 * @throws LoopstickError STICK_READ_BACK
 */
export async function verifyStick(engine: Engine, stick: Stick, signal: AbortSignal): Promise<void> {
  const { events, context } = engine;
  const work = createWork({ path: stick.path, label: stick.path }, context.runner, context.now(), signal);
  const { images } = stick.manifest;
  const total = images.reduce((sum, { size }) => sum + size, 0);
  const done = new Map<string, number>();
  events.emit('step', { step: 'verify', detail: stick.path });
  await checkDataFiles(work, stick.data, images, (path, bytes) => {
    done.set(path, bytes);
    const sum = [...done.values()].reduce((a, b) => a + b, 0);
    events.emit('progress', { step: 'verify', label: stick.path, done: sum, total });
  });
}
