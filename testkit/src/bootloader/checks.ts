import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  checkBootPlan,
  createContext,
  isLoopstickError,
  type BootPlan,
  type MenuItem,
  type OwnedBootloader,
  type PluginManifest,
} from '@loopstick/core';

import { check, type ChecksOf } from '../suite/check.ts';
import { onStage, requireStops, type Stage } from '../suite/stage.ts';
import { linuxItem, requestFor } from './request.ts';

/** Titles as an ISO may have them: one line each, and full of what menus take for syntax. */
const HOSTILE = [
  `'; reboot; '`,
  '"quoted" and \\backslashed\\',
  '$(halt) `halt` ${halt} $halt', // eslint-disable-line no-template-curly-in-string -- syntax of menus, as text
  '} menuentry x { halt',
  '# no comment',
  'title=other; linux /evil',
  '<b>&amp;</b> %n %s {iso_path}',
  'x'.repeat(120),
  'ünïcödé 漢字 🐧',
];
const TAME = HOSTILE.map((_, index) => `Entry ${index}`);

export const bootloaderChecks: ChecksOf = (manifest) => {
  if (manifest.entry === undefined || !manifest.kinds.includes('bootloader@1')) return [];
  return [
    check('its plan can be carried out, and the same request has the same one', async () => {
      await eachBootloader(manifest, async (bootloader) => {
        const items = itemsWith(['One', 'Two']);
        const first = await planOf(bootloader, items);
        assert.ok((first.leftOut ?? []).length < items.length, 'it leaves out a common Linux entry');
        assert.deepEqual(await planOf(bootloader, items), first, 'the same request has another plan');
      });
    }),
    check('titles from outside change nothing but titles', async () => {
      await eachBootloader(manifest, async (bootloader) => {
        const [tame, hostile] = [
          await planOf(bootloader, itemsWith(TAME)),
          await planOf(bootloader, itemsWith(HOSTILE)),
        ];
        assert.deepEqual(linesOf(hostile), linesOf(tame), 'a title makes a line, or a file, of its own');
        await requireGrubScript(hostile);
      });
    }),
    check('it stops when its time is over', async () => {
      const use = async (bootloader: OwnedBootloader, stage: Stage): Promise<void> => {
        await requireStops(stage, () => planOf(bootloader, itemsWith(['One']), AbortSignal.timeout(300)));
      };
      await eachBootloader(manifest, use);
    }),
  ];
};

async function eachBootloader(
  { directory, id }: PluginManifest,
  use: (bootloader: OwnedBootloader, stage: Stage) => Promise<void>,
): Promise<void> {
  await onStage(directory, async (stage) => {
    const own = (await stage.engine.bootloaders()).filter(({ pluginId }) => pluginId === id);
    stage.requireWhole();
    assert.ok(own.length > 0, 'it adds no bootloader');
    for (const bootloader of own) await use(bootloader, stage);
    stage.requireWhole();
  });
}

function itemsWith(titles: readonly string[]): MenuItem[] {
  return titles.map((title, index) => linuxItem(`tiny-${index}`, title));
}

/** As core takes it. @throws LoopstickError PLUGIN_OUTPUT_INVALID, STICK_PLAN_INVALID; those of the bootloader */
async function planOf(
  bootloader: OwnedBootloader,
  items: readonly MenuItem[],
  signal?: AbortSignal,
): Promise<BootPlan> {
  const workDirectory = await mkdtemp(join(tmpdir(), 'loopstick-testkit-'));
  try {
    const request = requestFor(items, workDirectory);
    const plan = await bootloader.plan({ ...request, signal: signal ?? request.signal });
    return checkBootPlan(bootloader.name, plan, items);
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

/** How many lines each text on the ESP has. */
function linesOf({ espFiles }: BootPlan): Readonly<Record<string, number>> {
  const texts = [...espFiles].filter(([, content]) => !content.includes(0));
  return Object.fromEntries(texts.map(([path, content]) => [path, Buffer.from(content).toString().split('\n').length]));
}

/** Where it writes a script for GRUB, GRUB can read it. */
async function requireGrubScript({ espFiles }: BootPlan): Promise<void> {
  for (const [path, input] of espFiles) {
    if (!path.endsWith('grub.cfg')) continue;
    try {
      await createContext().runner.run('grub-script-check', [], { input, signal: AbortSignal.timeout(60_000) });
    } catch (error) {
      if (!isLoopstickError(error, 'TOOL_MISSING')) throw error;
    }
  }
}
