import { describe, expect, test } from 'vitest';

import { resolvePaths } from '../../src/engine/paths.ts';

const HOME = '/home/ada';

describe('resolvePaths', () => {
  test('follows the defaults of the XDG specification', () => {
    expect(resolvePaths({}, HOME)).toEqual({
      config: '/home/ada/.config/loopstick',
      data: '/home/ada/.local/share/loopstick',
      state: '/home/ada/.local/state/loopstick',
      cache: '/home/ada/.cache/loopstick',
    });
  });

  test('takes each XDG variable', () => {
    const env = { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/k' };
    expect(resolvePaths(env, HOME)).toEqual({
      config: '/c/loopstick',
      data: '/d/loopstick',
      state: '/s/loopstick',
      cache: '/k/loopstick',
    });
  });

  test.each(['', 'relative/place', './here'])(
    'ignores the relative path "%s", as the specification demands',
    (path) => {
      expect(resolvePaths({ XDG_DATA_HOME: path }, HOME).data).toBe('/home/ada/.local/share/loopstick');
    },
  );

  test('puts everything below LOOPSTICK_HOME, whatever else is set', () => {
    expect(resolvePaths({ LOOPSTICK_HOME: '/media/tools', XDG_DATA_HOME: '/d' }, HOME)).toEqual({
      config: '/media/tools/config',
      data: '/media/tools/data',
      state: '/media/tools/state',
      cache: '/media/tools/cache',
    });
  });

  test('takes a relative LOOPSTICK_HOME from the current folder, and an empty one for none', () => {
    expect(resolvePaths({ LOOPSTICK_HOME: 'here' }, HOME).cache).toBe(`${process.cwd()}/here/cache`);
    expect(resolvePaths({ LOOPSTICK_HOME: '' }, HOME).cache).toBe('/home/ada/.cache/loopstick');
  });
});
