import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { createEngine, type Engine, type EngineOptions } from '../../src/engine/engine.ts';
import type { LoopstickError } from '../../src/engine/errors.ts';
import type { RankedMirror, RankingRequest } from '../../src/engine/hooks.ts';
import { createEventBus } from '../../src/engine/events.ts';
import type { PluginPlace } from '../../src/plugin/plugin-place.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import { manifestText, never, temporaryFolder, writeFiles } from '../engine/support.ts';

/** A plugin that nobody vouches for, as it lies on the disk. */
export interface Suspect {
  readonly id: string;
  readonly kinds: readonly string[];
  /** The body of its register(), to which `to` is the registrar. */
  readonly register: string;
  /** What stands above its default export. */
  readonly head?: string;
  readonly permissions?: { hosts?: string[]; programs?: string[]; paths?: string[] };
  /** More files of its. */
  readonly files?: Readonly<Record<string, string>>;
  /** The id that its code claims. */
  readonly claims?: string;
}

export interface World {
  readonly engine: Engine;
  readonly warnings: LoopstickError[];
  readonly home: string;
}

/** What is not about being late must not fail by it on a slow machine. */
const PATIENT = { mirrorOrder: 120_000, recipe: 120_000, load: 120_000 };

/** An engine with these plugins, each in a real folder, and what it warns of. */
export async function engineWith(
  suspects: readonly Suspect[],
  options: EngineOptions & { readonly place?: Partial<PluginPlace> } = {},
): Promise<World> {
  const home = await temporaryFolder();
  const events = createEventBus();
  const warnings: LoopstickError[] = [];
  events.on('warning', (warning) => warnings.push(warning));
  const { place, deadlines, ...rest } = options;
  for (const { id, kinds, register, head = '', permissions = {}, files = {}, claims = id } of suspects) {
    await writeFiles(join(home, 'plugins', id), {
      'package.json': manifestText(id, { kinds, permissions }),
      'index.js': `${head}\nexport default { id: '${claims}', register(to) { ${register} } };\n`,
      ...files,
    });
  }
  const plugins = suspects.map(({ id }) => ({
    trust: 'unsigned' as const,
    ...place,
    directory: join(home, 'plugins', id),
  }));
  const context = { env: { ...process.env, LOOPSTICK_HOME: home }, ...options.context };
  const settings = parseSettings({}, 'test');
  const engine = await createEngine({
    events,
    settings,
    ...rest,
    deadlines: { ...PATIENT, ...deadlines },
    context,
    plugins,
  });
  onTestFinished(() => engine.close());
  return { engine, warnings, home };
}

/** A strategy whose rank() has this body. */
export const strategy = (id: string, rank: string, more: Partial<Suspect> = {}): Suspect => ({
  id,
  kinds: ['mirror-strategy@1'],
  register: `to.mirrorStrategy({ name: '${id}', description: 'one of its own', async rank(candidates, request) { ${rank} } });`,
  ...more,
});

export const rankingRequest = (more: Partial<RankingRequest> = {}): RankingRequest => ({
  ...{ size: 10, remaining: undefined, place: { country: 'de' }, preferredOnly: false },
  ...{ now: new Date(7000), random: () => 0.25, signal: never() },
  ...more,
});

/** Asks a strategy about no mirrors. */
export async function rank(
  engine: Engine,
  name: string,
  more?: Partial<RankingRequest>,
): Promise<readonly RankedMirror[]> {
  return (await engine.mirrorStrategy(name)).rank([], rankingRequest(more));
}
