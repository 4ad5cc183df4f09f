import { expect, it } from 'vitest';

import { changeSetting } from '../../src/engine/change-setting.ts';
import { createContext } from '../../src/engine/context.ts';
import { settingKey } from '../../src/engine/setting-keys.ts';
import { readSettingsDocument } from '../../src/engine/settings-file.ts';
import { never, temporaryFolder } from './support.ts';

it('sets one setting, takes it back, and refuses what the schema does', async () => {
  const context = createContext({ env: { LOOPSTICK_HOME: await temporaryFolder() } });
  const read = (): Promise<unknown> => readSettingsDocument(context.paths.config);
  const connections = settingKey('mirrors.connections');
  expect(await changeSetting(context, connections, 3, never())).toMatchObject({ mirrors: { connections: 3 } });
  const refused = changeSetting(context, connections, 65, never());
  await expect(refused).rejects.toMatchObject({ code: 'SETTINGS_BAD_VALUE', category: 'usage' });
  expect(await read()).toEqual({ mirrors: { connections: 3 } });
  expect(await changeSetting(context, connections, undefined, never())).toMatchObject({ mirrors: { connections: 2 } });
  expect(await read()).toEqual({});
});
