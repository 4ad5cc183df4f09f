import { stat } from 'node:fs/promises';

import { expect, it } from 'vitest';

import { changeSetting } from '../../src/engine/change-setting.ts';
import { createContext, type Context } from '../../src/engine/context.ts';
import { settingKey } from '../../src/engine/setting-keys.ts';
import { readSettingsDocument } from '../../src/engine/settings-file.ts';
import { settingsFile } from '../../src/engine/settings.ts';
import { never, temporaryFolder } from './support.ts';

async function newContext(): Promise<Context> {
  return createContext({ env: { LOOPSTICK_HOME: await temporaryFolder() } });
}

it('sets one setting, takes it back, and refuses what the schema does', async () => {
  const context = await newContext();
  const read = (): Promise<unknown> => readSettingsDocument(context.paths.config);
  const connections = settingKey('mirrors.connections');
  expect(await changeSetting(context, connections, 3, never())).toMatchObject({ mirrors: { connections: 3 } });
  const refused = changeSetting(context, connections, 65, never());
  await expect(refused).rejects.toMatchObject({ code: 'SETTINGS_BAD_VALUE', category: 'usage' });
  expect(await read()).toEqual({ mirrors: { connections: 3 } });
  expect(await changeSetting(context, connections, undefined, never())).toMatchObject({ mirrors: { connections: 2 } });
  expect(await read()).toEqual({});
});

it('uses nothing but named mirrors only when there are some', async () => {
  const context = await newContext();
  const only = (): Promise<unknown> => changeSetting(context, settingKey('mirrors.only'), true, never());
  await expect(only()).rejects.toMatchObject({ code: 'SETTINGS_BAD_VALUE' });
  await changeSetting(context, settingKey('mirrors.own.test'), ['https://own.example/'], never());
  expect(await only()).toMatchObject({ mirrors: { only: true } });
  await changeSetting(context, settingKey('mirrors.only'), undefined, never());
  await changeSetting(context, settingKey('mirrors.own.test'), undefined, never());
  await changeSetting(context, settingKey('mirrors.prefer'), ['a.example'], never());
  expect(await only()).toMatchObject({ mirrors: { only: true } });
});

it.each(['__proto__', 'constructor ', 'Test'])('takes no %s for the name of a distribution', async (name) => {
  const context = await newContext();
  const key = settingKey(`mirrors.own.${name}`);
  const refused = changeSetting(context, key, ['https://own.example/'], never());
  await expect(refused).rejects.toMatchObject({ code: 'SETTINGS_BAD_NAME' });
  expect(await readSettingsDocument(context.paths.config)).toEqual({});
  await changeSetting(context, key, undefined, never());
});

it('lets nobody else read passwords, in the file or in an error', async () => {
  const context = await newContext();
  const key = settingKey('mirrors.own.test');
  const refused: unknown = await changeSetting(context, key, ['ftp://me:secret@own.example/'], never()).catch(
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ code: 'SETTINGS_BAD_VALUE' });
  expect(String(refused)).not.toContain('secret');
  await changeSetting(context, key, ['https://me:secret@own.example/'], never());
  expect((await stat(settingsFile(context.paths.config))).mode & 0o077).toBe(0);
});
