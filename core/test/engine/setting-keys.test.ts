import { describe, expect, it } from 'vitest';

import { settingKey, settingKeys, settingPath, settingValue, type SettingKey } from '../../src/engine/setting-keys.ts';

const plain = (part: Partial<SettingKey>): SettingKey => ({
  ...{ key: 'x', type: 'string', list: false, bytes: false },
  ...part,
});

describe('the settings that there are', () => {
  it('are those of the schema, each with what it takes', () => {
    expect(settingKeys()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: 'mirrors.strategy', type: 'string', list: false }),
        expect.objectContaining({ key: 'mirrors.prefer', type: 'string', list: true }),
        expect.objectContaining({ key: 'mirrors.own.*', type: 'string', list: true }),
        expect.objectContaining({ key: 'mirrors.only', type: 'boolean' }),
        expect.objectContaining({ key: 'downloads.rateLimit', type: 'number', bytes: true }),
        expect.objectContaining({ key: 'downloads.retry.statuses', type: 'number', list: true }),
        expect.objectContaining({ key: 'library.link', choices: ['auto', 'reflink', 'hard', 'copy'] }),
      ]),
    );
  });

  it('are found by their names, and nothing else is', () => {
    expect(settingKey('mirrors.only')).toMatchObject({ key: 'mirrors.only' });
    expect(settingKey('mirrors.own.ubuntu')).toMatchObject({ key: 'mirrors.own.ubuntu', list: true });
    for (const key of ['', 'mirrors', 'mirrors.own', 'mirrors.own.', 'constructor']) {
      expect(() => settingKey(key), key).toThrow(expect.objectContaining({ code: 'SETTINGS_UNKNOWN_KEY' }));
    }
  });

  it.each([
    ['mirrors.stratgy', 'mirrors.strategy'],
    ['strategy', 'mirrors.strategy'],
    ['downloads.rate-limit', 'downloads.rateLimit'],
    ['mirror.ban', 'mirrors.ban'],
  ])('are guessed: %s', (typed, meant) => {
    expect(() => settingKey(typed)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(meant) as unknown }),
    );
  });

  it('have a place, also under a name with dots', () => {
    expect(settingPath('downloads.retry.attempts')).toEqual(['downloads', 'retry', 'attempts']);
    expect(settingPath('mirrors.own.a.b')).toEqual(['mirrors', 'own', 'a.b']);
  });
});

describe('what was typed', () => {
  it.each([
    [plain({}), ['x y'], 'x y'],
    [plain({ type: 'number' }), ['1.5'], 1.5],
    [plain({ type: 'number', bytes: true }), ['5M'], 5 * 1024 ** 2],
    [plain({ type: 'boolean' }), ['false'], false],
    [plain({ list: true }), ['a', 'b'], ['a', 'b']],
    [plain({ list: true }), [], []],
    [plain({ type: 'number', list: true }), ['500', '503'], [500, 503]],
    [plain({ choices: ['a', 'b'] }), ['b'], 'b'],
  ])('becomes what the setting wants: %j', (setting, words, value) => {
    expect(settingValue(setting, words)).toEqual(value);
  });

  it.each([
    [plain({ type: 'number' }), ['']],
    [plain({ type: 'number' }), ['0x10']],
    [plain({ type: 'number' }), ['5M']],
    [plain({ type: 'number', bytes: true }), ['fast']],
    [plain({ type: 'boolean' }), ['yes']],
    [plain({ choices: ['a', 'b'] }), ['c']],
    [plain({}), ['a', 'b']],
  ])('is refused when it is no such thing: %j', (setting, words) => {
    expect(() => settingValue(setting, words)).toThrow(expect.objectContaining({ code: 'SETTINGS_BAD_VALUE' }));
  });
});
