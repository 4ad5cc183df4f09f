import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createContext, isLoopstickError, placeEntry } from '@loopstick/core';

import type { PluginCheck } from '../suite/check.ts';
import type { IsoSample } from '../suite/options.ts';
import { onStage } from '../suite/stage.ts';
import { requestFor } from '../bootloader/request.ts';
import { recognise } from './recognise.ts';

/** What this machine lacks; a plugin that is tested elsewhere is no worse for it. */
export const NOT_HERE: readonly string[] = ['TOOL_MISSING', 'GRUB_PLATFORM_MISSING', 'GRUB_MODULE_MISSING'];

/** The folder of the bootloader that comes with Loopstick. It is found by its manifest, and not imported. */
export function grubFolder(): string {
  return dirname(fileURLToPath(import.meta.resolve('@loopstick/plugin-bootloader-grub/package.json')));
}

/** GRUB makes a menu of the entries, and lets grub-script-check read it. */
export function grubCheck(directory: string, isos: readonly IsoSample[]): PluginCheck {
  return {
    name: 'its boot entries make a menu that GRUB reads',
    async run() {
      const workDirectory = await mkdtemp(join(tmpdir(), 'loopstick-testkit-'));
      try {
        await onStage(
          directory,
          async (stage) => {
            const bootloader = await stage.engine.bootloader('grub');
            for (const [at, sample] of isos.entries()) {
              const { recognition } = await recognise(stage, sample);
              const isoPath = `/loopstick-0123456789abcdef/${at}.iso`;
              const placement = { isoPath, dataUuid: '11111111-2222-8333-8444-555555555555', isoLabel: sample.label };
              const items = recognition.entries.map((entry) => ({
                ...{ id: `${at}-${entry.id}`, title: entry.title, isoPath, entry: placeEntry(entry, placement) },
              }));
              await bootloader.plan({ ...requestFor(items, workDirectory), runner: createContext().runner });
            }
          },
          { others: [grubFolder()] },
        );
        return undefined;
      } catch (error) {
        if (isLoopstickError(error) && NOT_HERE.includes(error.code)) return error.message;
        throw error;
      } finally {
        await rm(workDirectory, { recursive: true, force: true });
      }
    },
  };
}
