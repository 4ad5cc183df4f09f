import { mkdir } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { systemCode } from '../../src/engine/errors.ts';
import { loadSettings, parseSettings, settingsFile } from '../../src/engine/settings.ts';
import { temporaryFolder, writeFiles } from './support.ts';

const DEFAULTS = {
  plugins: {
    paths: [],
    disabled: [],
    use: {},
    options: {},
    npm: { registry: 'https://registry.npmjs.org/', minimumAgeHours: 24 },
  },
  mirrors: {
    strategy: 'adaptive',
    prefer: [],
    only: false,
    ban: [],
    own: {},
    connections: 2,
    lists: true,
    http: false,
  },
  stick: { bootloader: 'grub' },
  trust: { minimum: 'registry' },
  downloads: expect.objectContaining({ simultaneous: 3, connectionsPerDownload: 16 }) as unknown,
  library: { link: 'auto', search: [] },
  catalog: expect.objectContaining({ precedence: ['embedded', 'upstream', 'registry', 'custom'] }) as unknown,
  registries: [],
};

describe('loadSettings', () => {
  test('gives the defaults when there is no file, not even a folder', async () => {
    expect(await loadSettings(`${await temporaryFolder()}/none`)).toEqual(DEFAULTS);
  });

  test('fills what the file leaves out', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'settings.json': '{ "plugins": { "disabled": ["distro-ubuntu"] } }' });
    expect(await loadSettings(folder)).toEqual({
      ...DEFAULTS,
      plugins: { ...DEFAULTS.plugins, disabled: ['distro-ubuntu'] },
    });
  });

  test.each(['', '{', 'null', '[]', '"grub"', '\ufeff{}'])('refuses %j', async (text) => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'settings.json': text });
    await expect(loadSettings(folder)).rejects.toMatchObject({ code: 'SETTINGS_INVALID', category: 'bad-input' });
  });

  test('keeps the operating system’s code of a file that cannot be read', async () => {
    const folder = await temporaryFolder();
    await mkdir(settingsFile(folder));
    const error: unknown = await loadSettings(folder).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(systemCode(error)).toBe('EISDIR');
  });
});

describe('parseSettings', () => {
  test.each([
    [{ mirrors: { strategy: 7 } }, 'mirrors.strategy'],
    [{ plugins: { paths: ['a', 7] } }, 'plugins.paths[1]'],
    [{ trust: { minimum: 'blind' } }, 'trust.minimum'],
    [{ library: { link: 'soft' } }, 'library.link'],
    [{ catalog: { precedence: ['custom', 'embedded'] } }, 'catalog.precedence'],
    [{ catalog: { precedence: ['custom', 'embedded', 'embedded', 'upstream'] } }, 'catalog.precedence'],
    [{ registries: [{ name: '../x', url: 'https://a.example', root: 'r' }] }, 'registries[0].name'],
    [{ library: { search: [''] } }, 'library.search[0]'],
    [{ trsut: {} }, 'trsut'],
  ])('names the place of a mistake', (json, place) => {
    expect(() => parseSettings(json, 'settings.json')).toThrow(
      expect.objectContaining({ code: 'SETTINGS_INVALID', message: expect.stringContaining(place) }),
    );
  });
});
