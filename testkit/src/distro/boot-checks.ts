import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildStick, checkBoot, isLoopstickError, localImage } from '@loopstick/core';

import type { ChecksOf } from '../suite/check.ts';
import { onStage } from '../suite/stage.ts';
import { grubFolder, NOT_HERE } from './grub-check.ts';

const MEMORY = 1024 * 1024 * 1024;
const BUILD_MS = 300_000;
const BOOT_MS = 300_000;

/** A stick with the ISO starts in QEMU. It takes minutes, so only who asks for it gets it. */
export const bootChecks: ChecksOf = ({ directory }, { bootIso }) =>
  bootIso === undefined
    ? []
    : [
        {
          name: 'a stick with its ISO starts',
          async run() {
            if (process.env['LOOPSTICK_TESTKIT_BOOT'] !== '1') return 'set LOOPSTICK_TESTKIT_BOOT=1 to start QEMU';
            try {
              await startStick(directory, bootIso);
              return undefined;
            } catch (error) {
              if (isLoopstickError(error) && NOT_HERE.includes(error.code)) return error.message;
              throw error;
            }
          },
        },
      ];

async function startStick(directory: string, iso: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-testkit-'));
  const stick = join(folder, 'stick.img');
  try {
    await onStage(
      directory,
      async ({ engine, requireWhole }) => {
        const signal = AbortSignal.timeout(BUILD_MS);
        const image = await localImage(engine, iso, signal);
        const spec = { title: 'Loopstick', images: [image], seed: '0'.repeat(32), createdAt: engine.context.now() };
        const manifest = await buildStick(
          engine,
          spec,
          { kind: 'image', path: stick, size: undefined, force: false },
          signal,
        );
        requireWhole();
        const entry = manifest.images[0]?.entries[0];
        assert.ok(entry !== undefined, 'the stick has no entry');
        const firmware = manifest.firmwares.includes('bios') ? 'bios' : 'uefi-x64';
        const machine = { stick, firmware, memory: MEMORY, timeoutMs: BOOT_MS } as const;
        const result = await checkBoot(engine, entry, machine, AbortSignal.timeout(2 * BOOT_MS));
        assert.ok(result.ok, `${result.failure ?? 'it does not start'}:\n${result.tail.join('\n')}`);
      },
      { others: [grubFolder()] },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
