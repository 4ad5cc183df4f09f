import { formatBytes, readStick, verifyStick, type StickManifest } from '@loopstick/core';

import { showProgress } from '../output/progress.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import type { Session } from '../session.ts';

export async function stickList({ terminal, engine, signal }: Session, [path = '']: readonly string[]): Promise<void> {
  const { manifest } = await readStick(await engine(), path, signal);
  terminal.document(manifest);
  printStick(terminal, manifest);
}

export async function stickBootloaders({ terminal, engine }: Session): Promise<void> {
  const opened = await engine();
  const inUse = opened.settings.stick.bootloader;
  const all = (await opened.bootloaders()).map(({ name, description, pluginId: plugin }) => ({
    ...{ name, description, plugin },
    inUse: name === inUse,
  }));
  terminal.document(all);
  const rows = all.map(({ name, description, plugin, inUse: used }) => [used ? '*' : '', name, description, plugin]);
  for (const line of table(['', 'BOOTLOADER', 'WHAT IT STARTS ON', 'PLUGIN'], rows)) terminal.data(line);
  if (!all.some(({ inUse: used }) => used)) terminal.note(`No plugin offers "${inUse}", which the settings name.`);
  terminal.note('Choose one: loopstick build … --bootloader NAME, or loopstick config set stick.bootloader NAME');
}

export async function stickVerify(
  { terminal, engine, signal }: Session,
  [path = '']: readonly string[],
): Promise<void> {
  const loopstick = await engine();
  const stick = await readStick(loopstick, path, signal);
  const stop = showProgress(loopstick.events, terminal);
  try {
    await verifyStick(loopstick, stick, signal);
  } finally {
    stop();
  }
  terminal.document({ ok: true, images: stick.manifest.images.length });
  const count = stick.manifest.images.length;
  terminal.data(`Everything on ${path} is as it was written: ${count === 1 ? '1 image' : `${count} images`}.`);
}

/** What is on a stick, for a person. */
export function printStick(terminal: Terminal, manifest: StickManifest): void {
  const rows = manifest.images.map(({ id, title, kind, size, evidence, sha256, recipe }) => [
    id,
    title,
    kind,
    formatBytes(size),
    evidence,
    sha256.slice(0, 12),
    recipe.split('/')[0] ?? '',
  ]);
  terminal.data(`${manifest.title} (${manifest.id}), made ${manifest.createdAt} by ${manifest.createdBy}`);
  terminal.data(`Starts on ${manifest.firmwares.join(', ')} with ${manifest.bootloader}`);
  terminal.data('');
  for (const line of table(['IMAGE', 'TITLE', 'KIND', 'SIZE', 'EVIDENCE', 'SHA-256', 'SET UP BY'], rows))
    terminal.data(line);
  terminal.data('');
  const entries = manifest.images.flatMap((image) => image.entries.map(({ id, title }) => [id, title]));
  for (const line of table(['ENTRY', 'IN THE MENU'], entries)) terminal.data(line);
}
