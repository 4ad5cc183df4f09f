import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { StickIdentity } from './identity.ts';
import { SECTOR, type Layout, type Partition } from './layout.ts';
import type { StickBoot } from './taken-files.ts';
import type { Work } from './work.ts';

const drive = (work: Work, esp: Partition): string => `${work.path}@@${esp.start * SECTOR}`;

/** Makes the EFI system partition: FAT32 with clusters of two sectors. */
export async function formatEsp(work: Work, layout: Layout, identity: StickIdentity): Promise<void> {
  await work.run('mformat', [
    ...['-i', drive(work, layout.esp), '-F', '-c', '2', '-h', '255', '-s', '63'],
    ...['-T', String(layout.esp.sectors), '-H', String(layout.esp.start)],
    ...['-N', identity.espSerial, '-v', 'LOOPSTICK', '::'],
  ]);
}

/**
 * Writes the files of a bootloader, with their folders. Paths are relative, with `/`. One file at a time lies in the work
 * folder on its way: those from ISOs are large.
 */
export async function writeEspFiles(
  work: Work,
  esp: Partition,
  { espFiles, taken }: Pick<StickBoot, 'espFiles' | 'taken'>,
): Promise<void> {
  const files = new Map<string, Parameters<typeof writeFile>[1]>(espFiles);
  for (const { path, stream } of taken) files.set(path, stream(work.signal));
  const folders = new Set<string>();
  for (const path of files.keys()) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  const image = drive(work, esp);
  const inOrder = [...folders].sort();
  if (inOrder.length > 0) await work.run('mmd', ['-i', image, ...inOrder.map((folder) => `::${folder}`)]);
  const onTheWay = join(work.directory, 'esp-file');
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await writeFile(onTheWay, content);
    await work.run('mcopy', ['-i', image, onTheWay, `::${path}`]);
    await rm(onTheWay);
  }
}

/** SHA-256 of a file on the EFI system partition. */
export async function hashEspFile(work: Work, esp: Partition, path: string): Promise<string> {
  return work.stream('mtype', ['-i', drive(work, esp), `::${path}`], async (stdout) => {
    const hash = createHash('sha256');
    await pipeline(stdout, hash);
    return hash.digest('hex');
  });
}
