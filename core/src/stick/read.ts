import { stat } from 'node:fs/promises';

import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, messageOf, reasonOf } from '../engine/errors.ts';
import { describeIssues } from '../engine/issues.ts';
import { listDataFolder, readDataFile } from './data-partition.ts';
import { readPartitions } from './gpt.ts';
import type { Partition } from './layout.ts';
import { FOLDER_PREFIX, MANIFEST_NAME, manifestSchema, type StickManifest } from './manifest.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import { openWork } from './work.ts';

export interface Stick {
  readonly path: string;
  readonly manifest: StickManifest;
  readonly data: Partition;
}

const MANIFEST_LIMIT = 4 * 1024 * 1024;

/**
 * Reads what is on a stick, from nothing but the stick: an image file or a device that may be read.
 * @throws LoopstickError STICK_UNREADABLE, STICK_NOT_FOUND, STICK_MANIFEST_INVALID, TOOL_MISSING
 */
export async function readStick(engine: Engine, path: string, signal: AbortSignal): Promise<Stick> {
  const { runner, now } = engine.context;
  await requireReadable(path);
  const work = await openWork({ path, label: path }, { runner, time: now(), signal });
  try {
    const { data } = await readPartitions(work);
    if (data === undefined)
      throw failure(STICK_ERRORS.notAStick, { target: path, problem: 'it has no Loopstick partitions' });
    const folders = (await listDataFolder(work, data, '/')).filter((name) => name.startsWith(FOLDER_PREFIX));
    const [folder, another] = folders;
    if (folder === undefined || another !== undefined) {
      const problem =
        folder === undefined ? 'it has no Loopstick folder' : `it has ${folders.length} Loopstick folders`;
      throw failure(STICK_ERRORS.notAStick, { target: path, problem });
    }
    const bytes = await readDataFile(work, data, `/${folder}/${MANIFEST_NAME}`, MANIFEST_LIMIT);
    return { path, manifest: parseManifest(bytes, path), data };
  } catch (error) {
    signal.throwIfAborted();
    if (!isLoopstickError(error, 'TOOL_FAILED')) throw error;
    throw failure(
      STICK_ERRORS.notAStick,
      { target: path, problem: 'it has no readable partition table' },
      { cause: error },
    );
  } finally {
    await work.close();
  }
}

function parseManifest(bytes: Buffer, target: string): StickManifest {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw failure(STICK_ERRORS.manifestInvalid, { target, problem: messageOf(cause) }, { cause });
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw failure(STICK_ERRORS.manifestInvalid, { target, problem: describeIssues(parsed.error) });
}

async function requireReadable(path: string): Promise<void> {
  try {
    const found = await stat(path);
    if (found.isFile() || found.isBlockDevice()) return;
  } catch (cause) {
    throw failure(STICK_ERRORS.unreadable, { target: path, problem: reasonOf(cause) }, { cause });
  }
  throw failure(STICK_ERRORS.unreadable, { target: path, problem: 'it is neither a file nor a disk' });
}
