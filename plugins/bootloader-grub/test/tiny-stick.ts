import { mkdir, open, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { BootPlan } from '@loopstick/core';

import { DATA_UUID, ISO_PATH, runner } from './request.ts';
import { tinyKernel } from './tiny-kernel.ts';

const SECTOR = 512;
const ESP = { start: 4096, sectors: 131_072 };
const DATA = { start: ESP.start + ESP.sectors, kibibytes: 16_384 };

const run = async (program: string, args: readonly string[]): Promise<void> => {
  await runner.run(program, args, { signal: AbortSignal.timeout(60_000) });
};

/** An ISO with the tiny kernel, an initrd that nobody looks at, and a loopback.cfg that starts the kernel. */
async function makeIso(path: string, folder: string): Promise<void> {
  await mkdir(join(folder, 'boot/grub'), { recursive: true });
  await writeFile(join(folder, 'vmlinuz'), tinyKernel());
  await writeFile(join(folder, 'initrd'), 'nothing');
  await writeFile(
    join(folder, 'boot/grub/loopback.cfg'),
    'set timeout=0\nmenuentry Inner {\n  linux /vmlinuz inner iso-scan/filename=${iso_path}\n}\n', // eslint-disable-line no-template-curly-in-string -- GRUB's variable
  );
  await run('xorriso', ['-as', 'mkisofs', '-quiet', '-R', '-V', 'TINY', '-o', path, folder]);
}

/** A disk image with the layout of a stick, written by hand: what core does with a plan has its own tests. */
export async function makeStick(image: string, plan: BootPlan, workDirectory: string): Promise<void> {
  const data = join(workDirectory, 'data');
  await mkdir(join(data, dirname(ISO_PATH)), { recursive: true });
  await makeIso(join(data, ISO_PATH), join(workDirectory, 'iso'));

  await writeFile(image, '');
  await truncate(image, DATA.start * SECTOR + (DATA.kibibytes + 1024) * 1024);
  const end = DATA.start + DATA.kibibytes * 2 - 1;
  await run('sgdisk', [
    ...['-n', '1:2048:4095', '-t', '1:ef02', '-n', `2:4096:${DATA.start - 1}`, '-t', '2:ef00'],
    ...['-n', `3:${DATA.start}:${end}`, '-t', '3:8300', image],
  ]);

  const esp = join(workDirectory, 'esp');
  for (const [path, content] of plan.espFiles) {
    await mkdir(join(esp, dirname(path)), { recursive: true });
    await writeFile(join(esp, path), content);
  }
  const drive = `${image}@@${ESP.start * SECTOR}`;
  await run('mformat', ['-i', drive, '-F', '-T', String(ESP.sectors), '-h', '255', '-s', '63', '-N', 'ABCD1234', '::']);
  await run('mcopy', ['-s', '-i', drive, join(esp, 'EFI'), join(esp, 'boot'), '::']);
  await run('mke2fs', [
    ...['-q', '-F', '-t', 'ext4', '-U', DATA_UUID, '-d', data, '-E', `offset=${DATA.start * SECTOR}`],
    ...[image, `${DATA.kibibytes}k`],
  ]);

  const file = await open(image, 'r+');
  try {
    await file.write(plan.bios?.bootCode ?? new Uint8Array(), 0, null, 0);
    await file.write(plan.bios?.embedded ?? new Uint8Array(), 0, null, 2048 * SECTOR);
  } finally {
    await file.close();
  }
}
