import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import type { Engine } from '../engine/engine.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure, isLoopstickError, messageOf, systemCode } from '../engine/errors.ts';
import { describeIssues } from '../engine/issues.ts';
import { listDataFolder, readDataFile } from './data-partition.ts';
import { readPartitions } from './gpt.ts';
import { FOLDER_NAME, FOLDER_PREFIX, MANIFEST_NAME, manifestSchema, type StickManifest } from './manifest.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import { openWork } from './work.ts';

export interface Stick {
  readonly path: string;
  readonly manifest: StickManifest;
}

const MANIFEST_LIMIT = 4 * 1024 * 1024;

/**
 * Reads what is on a stick, from nothing but the stick: an image file or a device that may be read.
 * @throws LoopstickError FILE_NOT_FOUND, STICK_UNREADABLE, STICK_NOT_FOUND, STICK_MANIFEST_INVALID, TOOL_MISSING; EACCES
 */
export async function readStick(engine: Engine, path: string, signal: AbortSignal): Promise<Stick> {
  const { runner, now } = engine.context;
  await requireReadable(path);
  const notAStick = (problem: string, cause?: unknown): Error =>
    failure(STICK_ERRORS.notAStick, { target: path, problem }, { cause });
  const work = await openWork({ path, label: path }, { runner, time: now(), signal });
  try {
    const { data } = await readPartitions(work);
    if (data === undefined) throw notAStick('it has no Loopstick partitions');
    const [folder, ...more] = (await listDataFolder(work, data, '/')).filter((name) => FOLDER_NAME.test(name));
    if (folder === undefined) throw notAStick('it has no Loopstick folder');
    if (more.length > 0) throw notAStick(`it has ${more.length + 1} Loopstick folders`);
    const bytes = await readDataFile(work, data, `/${folder}/${MANIFEST_NAME}`, MANIFEST_LIMIT);
    const manifest = parseManifest(bytes, path);
    if (`${FOLDER_PREFIX}${manifest.id}` === folder) return { path, manifest };
    throw failure(STICK_ERRORS.manifestInvalid, { target: path, problem: `it belongs to the stick ${manifest.id}` });
  } catch (error) {
    signal.throwIfAborted();
    if (isLoopstickError(error, 'TOOL_FAILED')) throw notAStick('it has no readable partition table', error);
    throw error;
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

/** Opening it finds out more than looking at it: whether this user may read it at all. */
async function requireReadable(path: string): Promise<void> {
  let handle;
  try {
    // A FIFO without a writer would wait for one.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    if (systemCode(cause) !== 'ENOENT') throw cause;
    throw failure(ENGINE_ERRORS.fileMissing, { file: path }, { cause });
  }
  try {
    const found = await handle.stat();
    if (found.isFile() || found.isBlockDevice()) return;
  } finally {
    await handle.close();
  }
  throw failure(STICK_ERRORS.unreadable, { target: path, problem: 'it is neither a file nor a disk' });
}
