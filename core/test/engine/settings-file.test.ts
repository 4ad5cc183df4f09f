import { mkdir, readdir, readFile, readlink, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { createContext, type Context } from '../../src/engine/context.ts';
import { changeSettings, readSettingsDocument, valueAt, withValueAt } from '../../src/engine/settings-file.ts';
import { loadSettings, settingsFile } from '../../src/engine/settings.ts';
import { never, temporaryFolder } from './support.ts';

async function room(text?: string): Promise<{ context: Context; file: string; config: string }> {
  const context = createContext({ env: { LOOPSTICK_HOME: await temporaryFolder() } });
  const { config } = context.paths;
  const file = settingsFile(config);
  if (text !== undefined) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return { context, file, config };
}

test('a change is written, with nothing but what was said', async () => {
  const { context, file, config } = await room();
  const settings = await changeSettings(context, (before) => withValueAt(before, ['mirrors', 'only'], true), never());
  expect(settings.mirrors.only).toBe(true);
  expect(await readFile(file, 'utf8')).toBe('{\n  "mirrors": {\n    "only": true\n  }\n}\n');
  expect(await loadSettings(config)).toEqual(settings);
  expect(await readdir(config)).toEqual(['settings.json']);
});

test('a change that would not be valid leaves the file as it was', async () => {
  const text = '{ "mirrors": {"only": true} }';
  const { context, file } = await room(text);
  const change = changeSettings(context, (before) => withValueAt(before, ['mirrors', 'only'], 'maybe'), never());
  await expect(change).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('what changes nothing does not touch the file, and one that is not valid is not replaced', async () => {
  const text = '{"mirrors":{"only":true}}';
  const { context, file } = await room(text);
  await changeSettings(context, (before) => withValueAt(before, ['mirrors', 'only'], true), never());
  expect(await readFile(file, 'utf8')).toBe(text);
  const other = await room('{');
  await expect(changeSettings(other.context, () => ({}), never())).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
  expect(await readFile(other.file, 'utf8')).toBe('{');
});

test('of many changes at the same time none is lost', async () => {
  const { context, config } = await room();
  const hosts = Array.from({ length: 12 }, (_, index) => `m${index}.example`);
  const add = (host: string): Promise<unknown> =>
    changeSettings(
      context,
      (before) => {
        const ban = (valueAt(before, ['mirrors', 'ban']) ?? []) as string[];
        return withValueAt(before, ['mirrors', 'ban'], [...ban, host]);
      },
      never(),
    );
  await Promise.all(hosts.map(add));
  expect([...(await loadSettings(config)).mirrors.ban].sort()).toEqual([...hosts].sort());
});

test('a link to settings that are kept elsewhere stays', async () => {
  const { context, file } = await room('{}');
  const place = join(dirname(file), 'elsewhere.json');
  await writeFile(place, '{}');
  await symlink(place, `${file}.new`);
  await rename(`${file}.new`, file);
  await changeSettings(context, (before) => withValueAt(before, ['mirrors', 'only'], true), never());
  expect(await readlink(file)).toBe(place);
  expect(JSON.parse(await readFile(place, 'utf8'))).toEqual({ mirrors: { only: true } });
});

test('nobody waits longer than his signal', async () => {
  const { context, file } = await room('{}');
  await writeFile(`${file}.lock`, 'of nobody that can be asked');
  const aborted = AbortSignal.abort(new Error('enough'));
  await expect(changeSettings(context, (before) => before, aborted)).rejects.toThrow('enough');
});

test('a lock that does not go away is said to be one', async () => {
  const { context, file } = await room('{}');
  await writeFile(`${file}.lock`, 'of nobody that can be asked');
  let now = 0;
  const clock = (): number => (now += 3_000);
  const change = changeSettings({ ...context, clock }, (before) => before, never());
  await expect(change).rejects.toMatchObject({ code: 'SETTINGS_BUSY' });
});

test('there are none without a file', async () => {
  expect(await readSettingsDocument((await room()).config)).toEqual({});
});

test('a value that was put somewhere is there, and is gone again with what it needed', () => {
  const name = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('__proto__', 'constructor', 'a.b'));
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), fc.oneof(fc.string(), fc.boolean()), (path, value) => {
      const changed = withValueAt({ 'other one': 1 }, path, value);
      expect(valueAt(changed, path)).toBe(value);
      if (path[0] !== 'other one') expect(withValueAt(changed, path, undefined)).toEqual({ 'other one': 1 });
    }),
  );
});
