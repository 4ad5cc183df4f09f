import type { MirrorStrategy } from '@loopstick/core';

import type { Scenario } from '../spec.ts';
import { aria2 } from './aria2.ts';
import { knowing } from './knowing.ts';
import { librepo } from './librepo.ts';
import { randomOnce } from './random.ts';
import { rateMirrors } from './rate-mirrors.ts';

/** In the order of the tables. */
export const RIVAL_NAMES: readonly string[] = ['librepo', 'rate-mirrors', 'aria2', 'random', 'oracle'];

/** What the strategies of plugins are compared with, for one run. */
export function rivalsFor(scenario: Scenario, urls: readonly string[]): readonly MirrorStrategy[] {
  const clock = (): number => performance.now();
  return [librepo(), rateMirrors(), aria2, randomOnce(), knowing(scenario, urls, clock)];
}
