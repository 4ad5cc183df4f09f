import { failure, requireCountry, type Engine, type MirrorSettings } from '@loopstick/core';

import { CLI_ERRORS } from './cli-errors.ts';

export interface MirrorOptions {
  readonly mirrorStrategy?: string;
  readonly country?: string;
  readonly only?: boolean;
}

/**
 * The settings with what the command line wants otherwise.
 * @throws LoopstickError CLI_BAD_VALUE, CLI_USAGE
 */
export function mirrorSettings(options: MirrorOptions, settings: MirrorSettings, command: string): MirrorSettings {
  const { mirrorStrategy: strategy = settings.strategy, country = settings.country, only = settings.only } = options;
  if (country !== undefined && !/^[a-z]{2}$/i.test(country)) {
    const problem = 'it is not a country in two letters, such as de';
    throw failure(CLI_ERRORS.badValue, { option: '--country', value: country, problem, command });
  }
  if (options.only === true && settings.prefer.length === 0 && Object.keys(settings.own).length === 0) {
    const problem = '--only is for preferred mirrors, and there are none: loopstick mirrors prefer HOST';
    throw failure(CLI_ERRORS.usage, { problem, command });
  }
  return { ...settings, strategy, country: country?.toLowerCase(), only };
}

/**
 * What was named has to be there; a strategy of the settings that is missing is only a warning.
 * @throws LoopstickError PLUGIN_NOT_FOUND, MIRROR_BAD_COUNTRY
 */
export async function requireNamed(engine: Engine, { mirrorStrategy, country }: MirrorOptions): Promise<void> {
  if (mirrorStrategy !== undefined) await engine.mirrorStrategy(mirrorStrategy);
  if (country !== undefined) await requireCountry(country);
}
