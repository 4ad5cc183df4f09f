/** The worker thread of growing-file.ts. It imports as little as it can: all of it is loaded for each file. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

import {
  growingFileState,
  HASHED,
  SIZE,
  WRITTEN,
  type GrowingFileAnswer,
  type GrowingFileTask,
} from './growing-file-state.ts';

const BLOCK = 1024 * 1024;

function hash({ path, algorithms, memory }: GrowingFileTask): GrowingFileAnswer {
  const { bytes, wake } = growingFileState(memory);
  const hashes = algorithms.map((algorithm) => createHash(algorithm));
  const block = Buffer.allocUnsafe(BLOCK);
  const file = openSync(path, 'r');
  try {
    for (let done = 0; ;) {
      // Read before what it announces: a wake-up in between is seen by the wait, which then does not sleep.
      const seen = Atomics.load(wake, 0);
      const size = Number(Atomics.load(bytes, SIZE));
      const ready = Number(Atomics.load(bytes, WRITTEN)) - done;
      if (done === size) return { digests: hashes.map((each) => each.digest('hex')) };
      // Whole blocks until the end is known: a read costs the same for a few bytes.
      if (ready < BLOCK && size === -1) {
        Atomics.wait(wake, 0, seen);
        continue;
      }
      const length = readSync(file, block, 0, Math.min(BLOCK, ready), done);
      if (length === 0) return { endsAt: done };
      for (const each of hashes) each.update(block.subarray(0, length));
      done += length;
      Atomics.store(bytes, HASHED, BigInt(done));
    }
  } finally {
    closeSync(file);
  }
}

function answer(task: GrowingFileTask): GrowingFileAnswer {
  try {
    return hash(task);
  } catch (error) {
    return { error: { message: (error as Error).message, facts: { ...(error as object) } } };
  }
}

parentPort?.postMessage(answer(workerData as GrowingFileTask));
