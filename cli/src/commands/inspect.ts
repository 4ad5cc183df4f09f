import { stat } from 'node:fs/promises';

import {
  ENGINE_ERRORS,
  failure,
  formatBytes,
  openIso,
  printable,
  recogniseIso,
  systemCode,
  type BootEntry,
} from '@loopstick/core';

import { CLI_ERRORS } from '../cli-errors.ts';
import type { Session } from '../session.ts';

export async function inspect(
  session: Session,
  [file = '']: readonly string[],
  options: { files?: boolean },
): Promise<void> {
  const { terminal, signal } = session;
  const engine = await session.engine();
  const found = await stat(file).catch((cause: unknown) => {
    if (systemCode(cause) !== 'ENOENT') throw cause;
    throw failure(ENGINE_ERRORS.fileMissing, { file }, { cause });
  });
  // Opening a FIFO would wait for whoever writes to it.
  if (!found.isFile() && !found.isBlockDevice()) throw failure(CLI_ERRORS.notAFile, { file });
  const iso = await openIso(file, { runner: engine.context.runner, signal });
  const files = iso.list('/');
  terminal.data(
    `${printable(file)}: ISO 9660, ${formatBytes(iso.size)}, label "${printable(iso.label)}", ${files.length} files`,
  );
  if (options.files === true) for (const path of files) terminal.data(`  ${printable(path)}`);

  const { pluginId, recipe, recognition } = await recogniseIso(engine, iso, signal);
  const { title, kind, distribution, version, entries, notes } = recognition;
  terminal.document({
    file,
    label: iso.label,
    size: iso.size,
    files: options.files === true ? files : files.length,
    plugin: pluginId,
    recipe,
    recognition,
  });
  terminal.data(
    `${title} (${kind}${distribution === undefined ? '' : `, ${distribution} ${version ?? ''}`.trimEnd()})`,
  );
  terminal.data(`recognised by ${pluginId}/${recipe}`);
  for (const note of notes) terminal.data(`note: ${note}`);
  for (const entry of entries) {
    terminal.data('');
    for (const line of describe(entry)) terminal.data(line);
  }
}

function describe(entry: BootEntry): string[] {
  const { firmware, secureBoot, dataFilesystem } = entry.conditions;
  const limits = [
    firmware === undefined ? '' : `only by ${firmware.join(', ')}`,
    secureBoot === undefined ? '' : `kernel ${secureBoot} for Secure Boot`,
    dataFilesystem === undefined ? '' : `ISO found on ${dataFilesystem.join(', ')}`,
  ].filter((limit) => limit !== '');
  const lines = [`entry "${entry.title}"${limits.length === 0 ? '' : ` (${limits.join('; ')})`}`];
  if (entry.type === 'iso-menu') return [...lines, `  hands over to ${entry.config}`];
  return [
    ...lines,
    `  kernel  ${entry.kernel}`,
    ...entry.initrds.map((initrd) => `  initrd  ${initrd}`),
    `  args    ${entry.args.join(' ')}`,
  ];
}
