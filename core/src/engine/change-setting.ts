import type { Context } from './context.ts';
import { failure } from './errors.ts';
import { describeIssues } from './issues.ts';
import { settingPath, type SettingKey, type SettingValue } from './setting-keys.ts';
import { SETTINGS_ERRORS } from './settings-errors.ts';
import { changeSettings, withValueAt } from './settings-file.ts';
import { settingsSchema, type Settings } from './settings.ts';

/**
 * Sets one setting, or, without a value, takes it back to its default.
 * @throws LoopstickError SETTINGS_BAD_VALUE; what changeSettings throws
 */
export async function changeSetting(
  context: Pick<Context, 'paths' | 'random' | 'clock'>,
  { key }: SettingKey,
  value: SettingValue | undefined,
  signal: AbortSignal,
): Promise<Settings> {
  const path = settingPath(key);
  return changeSettings(
    context,
    (before) => {
      const after = withValueAt(before, path, value);
      const parsed = settingsSchema.safeParse(after);
      // The file was valid, so it is this value that is not.
      if (!parsed.success) {
        const problem = describeIssues(parsed.error).replace(`${key}: `, '');
        const values = { key, value: [value ?? ''].flat().join(' '), problem };
        throw failure(SETTINGS_ERRORS.badValue, values);
      }
      return after;
    },
    signal,
  );
}
