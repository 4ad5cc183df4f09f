import { z } from 'zod';

import { failure } from '../engine/errors.ts';
import type { Work } from './work.ts';
import type { StickIdentity } from './identity.ts';
import type { Layout, Partition } from './layout.ts';
import { STICK_ERRORS } from './stick-errors.ts';

/** What the partitions are called and which types they have (sgdisk's codes). */
const PARTITIONS = [
  { key: 'biosBoot', number: 1, code: 'EF02', name: 'Loopstick BIOS boot' },
  { key: 'esp', number: 2, code: 'EF00', name: 'Loopstick ESP' },
  { key: 'data', number: 3, code: '8300', name: 'Loopstick data' },
] as const;

/** Writes a new partition table; the old one is gone. */
export async function writePartitionTable(work: Work, layout: Layout, identity: StickIdentity): Promise<void> {
  const args = PARTITIONS.flatMap(({ key, number, code, name }) => {
    const { start, sectors } = layout[key];
    return [
      `--new=${number}:${start}:${start + sectors - 1}`,
      `--typecode=${number}:${code}`,
      `--change-name=${number}:${name}`,
      `--partition-guid=${number}:${identity.partitionGuids[key]}`,
    ];
  });
  await work.run('sgdisk', ['--clear', '--set-alignment=1', `--disk-guid=${identity.diskGuid}`, ...args, work.path]);
}

/** Checks the table on the target against the layout. @throws LoopstickError STICK_READ_BACK */
export async function checkPartitionTable(
  work: Work,
  layout: Pick<Layout, 'biosBoot' | 'esp' | 'data'>,
): Promise<void> {
  const { stdout } = await work.run('sgdisk', ['--verify', work.path]);
  const found = await readPartitions(work);
  const same = PARTITIONS.every(({ key }) => {
    const there = found[key];
    return there?.start === layout[key].start && there.sectors === layout[key].sectors;
  });
  if (!same || !stdout.includes('No problems found')) {
    throw failure(STICK_ERRORS.readBack, { target: work.label, what: 'the partition table' });
  }
}

const sectorNumber = z.coerce.number().int().nonnegative();

/** The partitions that bear Loopstick's names; an absent one is left out. */
export async function readPartitions(
  work: Work,
): Promise<Partial<Record<keyof StickIdentity['partitionGuids'], Partition>>> {
  const found: Partial<Record<keyof StickIdentity['partitionGuids'], Partition>> = {};
  for (const { key, number, name } of PARTITIONS) {
    const { stdout } = await work.run('sgdisk', [`--info=${number}`, work.path]);
    const first = sectorNumber.safeParse(/^First sector: (\d+)/m.exec(stdout)?.[1]);
    const last = sectorNumber.safeParse(/^Last sector: (\d+)/m.exec(stdout)?.[1]);
    if (!stdout.includes(`Partition name: '${name}'`) || !first.success || !last.success) continue;
    found[key] = { start: first.data, sectors: last.data - first.data + 1 };
  }
  return found;
}
