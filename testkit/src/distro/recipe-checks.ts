import assert from 'node:assert/strict';

import type { IsoContents } from '@loopstick/core';

import { check, type ChecksOf, type PluginCheck } from '../suite/check.ts';
import type { IsoSample } from '../suite/options.ts';
import { onStage, requireStops, type Stage } from '../suite/stage.ts';
import { grubCheck } from './grub-check.ts';
import { isoOf, recognise } from './recognise.ts';

/** What no recipe may take for its own, or stumble over. */
const STRANGERS: readonly IsoSample[] = [
  { label: '', files: {} },
  { label: 'ANY\u001b]0;title\u0007', files: { '/readme': 'nothing to start' } },
  {
    label: 'MANY',
    files: Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`/d${index % 50}/f${index}`, ''])),
  },
  { label: 'ODD', files: { '/$(reboot)/`x`': '', '/it\'s "odd"; \\': '{{}}', '/línea\u202e': '\0'.repeat(1000) } },
];

export const recipeChecks: ChecksOf = ({ directory, hooks, entry, distribution }, { isos = [] }) => {
  if (!hooks.has('recipes') || (entry === undefined && distribution === undefined)) return [];
  const own = async <T>(use: (stage: Stage) => Promise<T>): Promise<T> => onStage(directory, use);
  const withSamples: readonly PluginCheck[] = [
    check('its recipes know its ISOs, and say the same each time', async () => {
      await own(async (stage) => {
        for (const sample of isos) {
          const first = await recognise(stage, sample);
          assert.deepEqual(await recognise(stage, sample), first);
        }
        stage.requireWhole();
      });
    }),
    check('its recipes stop when their time is over', async () => {
      const slow = (iso: IsoContents): IsoContents => ({
        ...iso,
        read: async (...parameters) => {
          await new Promise((resolve) => setTimeout(resolve, 600));
          return iso.read(...parameters);
        },
      });
      const use = async (stage: Stage): Promise<void> => {
        for (const sample of isos) {
          const iso = slow(isoOf(sample));
          await requireStops(stage, () => stage.engine.recognise(iso, AbortSignal.timeout(300)));
        }
      };
      await own(use);
    }),
    grubCheck(directory, isos),
  ];
  return [
    check('its recipes leave alone what they do not know', async () => {
      await own(async (stage) => {
        for (const sample of STRANGERS) {
          await assert.rejects(recognise(stage, sample), { code: 'RECIPE_NONE' });
        }
        stage.requireWhole();
      });
    }),
    ...(isos.length === 0 ? [] : withSamples),
  ];
};
