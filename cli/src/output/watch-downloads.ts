import { setTimeout as sleep } from 'node:timers/promises';

import type { Downloads, DownloadState } from '@loopstick/core';

import { DOWNLOAD_HEAD, downloadDocument, downloadRow } from './download-words.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

const LOOK_MS = 500;

/**
 * Shows the downloads until it is interrupted: on a terminal a table that is redrawn, elsewhere a line for each that has
 * changed, with --json an object a line on standard output.
 */
export async function watchDownloads(
  downloads: Downloads,
  terminal: Terminal,
  signal: AbortSignal,
  states: readonly DownloadState[] | undefined,
): Promise<void> {
  let shown = new Map<string, string>();
  while (!signal.aborted) {
    // What has just come to its end is shown once more.
    const found = (await downloads.list()).filter(
      ({ id, state }) => states?.includes(state) !== false || shown.has(id),
    );
    if (terminal.interactive) {
      const lines = table(DOWNLOAD_HEAD, found.map(downloadRow)).map((line) => line.slice(0, terminal.columns - 1));
      terminal.status(found.length === 0 ? ['No downloads.'] : lines.slice(0, terminal.rows - 1));
      shown = new Map(found.map(({ id }) => [id, '']));
    } else {
      const before = shown;
      shown = new Map(
        found.map((record) => {
          const row = downloadRow(record).join('  ').trimEnd();
          if (before.get(record.id) !== row) {
            terminal.data(row);
            terminal.objectLine(downloadDocument(record));
          }
          return [record.id, row];
        }),
      );
    }
    for (const { id, state } of found) if (states?.includes(state) === false) shown.delete(id);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
  terminal.status([]);
}
