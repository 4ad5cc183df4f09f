import { isAbsolute, join, resolve } from 'node:path';

/** Where Loopstick keeps things, by the XDG base directory specification, version 0.8. */
export interface Paths {
  /** Settings and the user's own catalogs. */
  readonly config: string;
  /** What is worth keeping: the library of ISOs, installed plugins. */
  readonly data: string;
  /** What is true of this machine only: history, statistics. */
  readonly state: string;
  /** What can be fetched or made again. */
  readonly cache: string;
}

/**
 * `LOOPSTICK_HOME` holds all four as sub-folders and overrides everything else. Relative paths in the XDG variables
 * are ignored, as the specification demands.
 */
export function resolvePaths(env: Readonly<Record<string, string | undefined>>, home: string): Paths {
  const own = env['LOOPSTICK_HOME'];
  if (own !== undefined && own !== '') {
    const root = resolve(own);
    return {
      config: join(root, 'config'),
      data: join(root, 'data'),
      state: join(root, 'state'),
      cache: join(root, 'cache'),
    };
  }
  const base = (variable: string, fallback: string): string => {
    const value = env[variable];
    return join(value !== undefined && isAbsolute(value) ? value : join(home, fallback), 'loopstick');
  };
  return {
    config: base('XDG_CONFIG_HOME', '.config'),
    data: base('XDG_DATA_HOME', '.local/share'),
    state: base('XDG_STATE_HOME', '.local/state'),
    cache: base('XDG_CACHE_HOME', '.cache'),
  };
}
