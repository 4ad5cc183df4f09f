import { failure, isLoopstickError, requireCompatible, type LoopstickError } from '@loopstick/core';
import compare from 'semver/functions/compare.js';
import valid from 'semver/functions/valid.js';
import satisfies from 'semver/functions/satisfies.js';

import { PLUGIN_ERRORS } from './plugin-errors.ts';

/** What is known of a release before it is fetched. */
export interface Release {
  readonly version: string;
  readonly engine: string;
  readonly kinds: readonly string[];
  /** Why a registry blocks it. */
  readonly blocked?: { readonly registry: string; readonly reason: string } | undefined;
  /** Too young by the user's own rule: so many hours it would have to be old. */
  readonly tooNew?: number | undefined;
}

export interface Choice<R> {
  /** As messages call the plugin. */
  readonly id: string;
  readonly releases: readonly R[];
  /** Every stable release when missing. */
  readonly range: string | undefined;
  /** The command that installs this version, or what stands for one. */
  readonly command: (version: string) => string;
}

/**
 * The newest release in the range that this engine can use, is old enough and is not blocked. Of early releases only
 * those that the range names count.
 * @throws LoopstickError PLUGIN_NO_VERSION, which names the newest one that would fit and the command that installs it;
 *   PLUGIN_BLOCKED, PLUGIN_TOO_NEW of a version that was named exactly
 */
export function chooseRelease<R extends Release>({ id, releases, range, command }: Choice<R>): R {
  const newestFirst = releases
    .filter(({ version }) => valid(version) !== null)
    .sort((a, b) => compare(b.version, a.version));
  const inRange = newestFirst.filter(({ version }) => satisfies(version, range ?? '*'));
  const chosen = inRange.find((release) => obstacleOf(id, release) === undefined);
  if (chosen !== undefined) return chosen;

  const [newest] = inRange;
  const obstacle = newest === undefined ? undefined : obstacleOf(id, newest);
  const exact = range !== undefined && valid(range) !== null;
  if (exact && obstacle !== undefined) throw obstacle;
  const usable = newestFirst.find((release) => obstacleOf(id, release) === undefined);
  throw failure(
    PLUGIN_ERRORS.noVersion,
    {
      plugin: id,
      range: range ?? '*',
      problem: obstacle?.message ?? `there is ${someOf(newestFirst.map(({ version }) => version))}.`,
      advice:
        usable === undefined
          ? 'None of its releases can be used here; ask its author for one.'
          : `The newest that can be used here is ${usable.version}: ${command(usable.version)}`,
    },
    { cause: obstacle },
  );
}

/** Why a release is not to be used. */
function obstacleOf(id: string, { version, engine, kinds, blocked, tooNew }: Release): LoopstickError | undefined {
  if (blocked !== undefined) return failure(PLUGIN_ERRORS.blocked, { plugin: id, version, ...blocked });
  if (tooNew !== undefined) return failure(PLUGIN_ERRORS.tooNew, { plugin: id, version, hours: tooNew });
  try {
    requireCompatible({ id, engine, kinds });
    return undefined;
  } catch (error) {
    if (isLoopstickError(error)) return error;
    throw error;
  }
}

function someOf(versions: readonly string[]): string {
  if (versions.length === 0) return 'no release at all';
  return versions.slice(0, 5).join(', ') + (versions.length > 5 ? ', …' : '');
}
