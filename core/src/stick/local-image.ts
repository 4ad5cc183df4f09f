import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure, systemCode } from '../engine/errors.ts';
import { openIso } from '../recipe/iso-reader.ts';
import { recogniseIso } from '../recipe/recognise.ts';
import { hashFile } from '../verify/hash.ts';
import type { StickImage } from './plan.ts';
import { slug } from './names.ts';
import { STICK_ERRORS } from './stick-errors.ts';

/**
 * An ISO of the user's own, ready for a stick: it can be booted, and its digest is known. Nobody vouches for it.
 * @throws LoopstickError FILE_NOT_FOUND, STICK_UNREADABLE, ISO_UNREADABLE, RECIPE_NONE
 */
export async function localImage(engine: Engine, path: string, signal: AbortSignal): Promise<StickImage> {
  const file = resolve(path);
  const found = await stat(file).catch((cause: unknown) => {
    if (systemCode(cause) !== 'ENOENT') throw cause;
    throw failure(ENGINE_ERRORS.fileMissing, { file: path }, { cause });
  });
  if (!found.isFile()) throw failure(STICK_ERRORS.unreadable, { target: path, problem: 'it is not a file' });
  // Before anything is downloaded: an ISO that no recipe knows is better refused now than an hour later.
  const iso = await openIso(file, { runner: engine.context.runner, signal });
  await recogniseIso(engine, iso, signal);

  const name = basename(file);
  engine.events.emit('step', { step: 'hash', detail: name });
  const sha256 = await hashFile(file, {
    signal,
    onProgress: (done, total) => engine.events.emit('progress', { step: 'hash', label: name, done, total }),
  });
  const stem = slug(name.replace(/\.iso$/i, ''));
  return { id: `local/${stem}`, file, name, size: found.size, sha256, evidence: 'none' };
}
