import { rm } from 'node:fs/promises';

import { PartFile } from '../part/part-file.ts';
import type { FillOptions } from './fill.ts';

/** What belongs to a file of another size that is fetched beside what is here. */
export function sparePaths(part: string): { readonly part: string; readonly resume: string } {
  const spare = `${part}.other`;
  return { part: spare, resume: `${spare}.resume` };
}

/**
 * Fills a part of its own, so that what is here stays until something else is proven to be the file: then that takes
 * its place. Nothing of it is kept otherwise.
 * @throws what `fill` throws; the system's own errors
 */
export async function fillSpare<T>(options: FillOptions, fill: (options: FillOptions) => Promise<T>): Promise<T> {
  const paths = sparePaths(options.part.path);
  const part = await PartFile.open(paths.part);
  try {
    const filled = await fill({ ...options, part, resumePath: paths.resume, continuation: undefined });
    await options.part.become(part);
    return filled;
  } catch (error) {
    await part.close();
    throw error;
  } finally {
    for (const path of [paths.part, paths.resume]) await rm(path, { force: true });
  }
}
