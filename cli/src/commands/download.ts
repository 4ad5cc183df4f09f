import { resolve } from 'node:path';

import { failure, formatBytes, placeFile, placesIn, type EvidenceLevel } from '@loopstick/core';

import { CLI_ERRORS } from '../cli-errors.ts';
import { showProgress } from '../output/progress.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { fetchWishes, isPath, requireAccepted, resolveWishes } from '../wishes.ts';

interface DownloadOptions {
  readonly output?: string;
  readonly force?: boolean;
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
    const names = wishes.map(({ locked: { id, name, sha256 } }) => ({ label: id, name, sha256 }));
    const places = options.output === undefined ? undefined : placesIn(resolve(options.output), names);
    const images = await fetchWishes(engine, wishes, signal);
    const files: string[] = [];
    for (const [index, { id: label, file, size, sha256 }] of images.entries()) {
      const destination = places?.[index];
      if (destination !== undefined) {
        await placeFile(engine, { label, file, size, sha256, destination, replace: options.force }, signal);
      }
      files.push(destination ?? file);
    }
    stop();
    terminal.document(images.map((image, index) => ({ ...image, file: files[index] })));
    const rows = images.map(({ id, size, evidence }, index) => [id, formatBytes(size), evidence, files[index] ?? '']);
    for (const line of table(['IMAGE', 'SIZE', 'EVIDENCE', 'FILE'], rows)) terminal.data(line);
  } finally {
    stop();
  }
}
