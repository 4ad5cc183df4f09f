import { copyFile, link, mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { formatBytes, type EvidenceLevel } from '@loopstick/core';

import { failure } from '@loopstick/core';

import { CLI_ERRORS } from '../cli-errors.ts';
import { showProgress } from '../output/progress.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { fetchWishes, isPath, requireAccepted, resolveWishes } from '../wishes.ts';

interface DownloadOptions {
  readonly output?: string;
  readonly yes?: boolean;
  readonly accept?: EvidenceLevel;
}

export async function download(session: Session, words: readonly string[], options: DownloadOptions): Promise<void> {
  const { terminal, signal } = session;
  const path = words.find(isPath);
  if (path !== undefined) {
    throw failure(CLI_ERRORS.usage, {
      problem: `"${path}" is a file and not in the catalog`,
      command: 'loopstick download',
    });
  }
  const engine = await session.engine();
  const stop = showProgress(engine.events, terminal);
  try {
    const wishes = await resolveWishes(engine, words, undefined, signal);
    await requireAccepted(session, engine, wishes, options);
    const images = await fetchWishes(engine, wishes, signal);
    const files: string[] = [];
    for (const { file, name } of images) {
      files.push(options.output === undefined ? file : await putInto(resolve(options.output), name, file));
    }
    stop();
    terminal.document(images.map((image, index) => ({ ...image, file: files[index] })));
    const rows = images.map(({ id, size, evidence }, index) => [id, formatBytes(size), evidence, files[index] ?? '']);
    for (const line of table(['IMAGE', 'SIZE', 'EVIDENCE', 'FILE'], rows)) terminal.data(line);
  } finally {
    stop();
  }
}

/** A second name for the file in the library where the file system can, a copy elsewhere. */
async function putInto(folder: string, name: string, file: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const place = join(folder, name);
  const part = `${place}.part`;
  await rm(part, { force: true });
  try {
    await link(file, part).catch(() => copyFile(file, part));
    await rename(part, place);
  } finally {
    await rm(part, { force: true });
  }
  return place;
}
