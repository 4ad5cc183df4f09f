import type { BootloaderRequest, BootPlan, LeftOutItem } from '@loopstick/core';

import { keysFor, renderEntry } from './entry.ts';
import { Kernels } from './kernels.ts';
import { line } from './line.ts';
import { startable, type Startable } from './obstacle.ts';
import { PROGRAMS_FOLDER, readPrograms } from './programs.ts';

/** Seconds until the first entry starts by itself. */
const TIMEOUT = 30;
// The countdown below the entries, however many there are and fit onto the screen (boot.c, menu_run).
const READY = 'Boot in ';

/**
 * systemd-boot's programs, its configuration and an entry for each item that it can start, with the files of the ISOs
 * that these need.
 * @throws LoopstickError SYSTEMD_BOOT_MISSING, SYSTEMD_BOOT_INVALID; the signal's reason when aborted.
 */
export async function planSystemdBoot(request: BootloaderRequest, folder: string = PROGRAMS_FOLDER): Promise<BootPlan> {
  const { items, data, signal } = request;
  const programs = await readPrograms(folder, signal);
  const firmwares = programs.map(({ firmware }) => firmware);
  const started: Startable[] = [];
  const leftOut: LeftOutItem[] = [];
  for (const item of items) {
    const found = startable(item, firmwares, data);
    if (typeof found === 'string') leftOut.push({ id: item.id, reason: found });
    else started.push(found);
  }

  const kernels = new Kernels();
  const names = started.map(({ item }, position) => `${String(position + 1).padStart(3, '0')}-${item.id}.conf`);
  const entries = started.map((each, position) => renderEntry(each, position, kernels));
  const espFiles = new Map<string, Uint8Array>([
    ...programs.map(({ path, content }) => [path, content] as const),
    ['loader/loader.conf', text(loaderConfig(names[0]))],
    ...names.map((name, index) => [`loader/entries/${name}`, text(entries[index] ?? '')] as const),
  ]);
  const keys = new Map(started.map(({ item, entry }, position) => [item.id, keysFor(entry, position)]));
  return { firmwares, espFiles, bios: undefined, isoFiles: kernels.files, leftOut, typed: { ready: READY, keys } };
}

/** loader.conf(5). No other systems are looked for: on a stick's partition there are none. */
function loaderConfig(first: string | undefined): string {
  return [
    '# Written by Loopstick, as are the entries. They are replaced whenever the stick changes: do not edit.\n',
    line('timeout', String(TIMEOUT)),
    ...(first === undefined ? [] : [line('default', first)]),
    line('auto-entries', 'no'),
  ].join('');
}

const text = (content: string): Uint8Array => Buffer.from(content, 'utf8');
