import { availableParallelism } from 'node:os';

import type { Engine } from '../engine/engine.ts';
import { algorithmsOf, differing, type Digests, type HashAlgorithm } from './digests.ts';
import { hashProgress } from './hash-progress.ts';
import { inParallel } from './in-parallel.ts';
import { digestWholeFile } from './whole-file.ts';

export interface FilesOptions {
  readonly signal: AbortSignal;
  /** Files that are read at a time; default: as many as there are processors. */
  readonly parallel?: number | undefined;
}

/** A file and what it should be. */
export interface VerifyWish {
  readonly file: string;
  /** All of these have to agree; at least one. */
  readonly expected: Digests;
}

export interface DigestsResult {
  readonly file: string;
  /** In bytes; undefined with a problem. */
  readonly size: number | undefined;
  /** Empty with a problem. */
  readonly actual: Digests;
  /** Why it could not be read: an error of the system (ENOENT, EIO, …) or LoopstickError VERIFY_…. */
  readonly problem?: unknown;
}

export interface VerifyResult extends DigestsResult {
  readonly expected: Digests;
  /** It was read and it is what it should be. */
  readonly ok: boolean;
}

/**
 * Compares files with their digests, several at a time, and says of each what was found, in the order of the wishes:
 * one that is wrong or missing does not stop the others. Progress is reported as step `hash`.
 * @throws the signal's reason; TypeError for a wish without a digest
 */
export async function verifyFiles(
  engine: Engine,
  wishes: readonly VerifyWish[],
  options: FilesOptions,
): Promise<VerifyResult[]> {
  for (const { file, expected } of wishes) {
    if (algorithmsOf(expected).length === 0) throw new TypeError(`nothing says what ${file} should be`);
  }
  const tasks = wishes.map(({ file, expected }) => ({ file, algorithms: algorithmsOf(expected) }));
  const results = await readAll(engine, tasks, options);
  return results.map((result, index) => {
    const expected = wishes[index]?.expected ?? {};
    const ok = result.problem === undefined && differing(expected, result.actual).length === 0;
    return { ...result, expected, ok };
  });
}

/**
 * The digests of files, several at a time, in the order of the files. Progress is reported as step `hash`.
 * @throws the signal's reason
 */
export async function digestFiles(
  engine: Engine,
  files: readonly string[],
  algorithms: readonly HashAlgorithm[],
  options: FilesOptions,
): Promise<DigestsResult[]> {
  return readAll(
    engine,
    files.map((file) => ({ file, algorithms })),
    options,
  );
}

interface Task {
  readonly file: string;
  readonly algorithms: readonly HashAlgorithm[];
}

async function readAll(
  engine: Engine,
  tasks: readonly Task[],
  { signal, parallel = availableParallelism() }: FilesOptions,
): Promise<DigestsResult[]> {
  const results: DigestsResult[] = [];
  const work = async ([index, task]: readonly [number, Task], inner: AbortSignal) =>
    [index, await read(engine, task, inner)] as const;
  for await (const [index, result] of inParallel(tasks.entries(), parallel, signal, work)) results[index] = result;
  return results;
}

async function read(engine: Engine, { file, algorithms }: Task, signal: AbortSignal): Promise<DigestsResult> {
  try {
    const onProgress = hashProgress(engine, file);
    const { size, digests } = await digestWholeFile(file, algorithms, { signal, onProgress });
    return { file, size, actual: digests };
  } catch (problem) {
    signal.throwIfAborted();
    return { file, size: undefined, actual: {}, problem };
  }
}
