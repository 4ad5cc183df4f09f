import type { Context } from './context.ts';
import { failure, type LoopstickError } from './errors.ts';
import { describeIssues } from './issues.ts';
import { requireName, settingPath, type SettingKey, type SettingValue } from './setting-keys.ts';
import { SETTINGS_ERRORS } from './settings-errors.ts';
import { changeSettings, withValueAt } from './settings-file.ts';
import { settingsSchema, type MirrorSettings, type Settings } from './settings.ts';
import { withoutSecrets } from './without-secrets.ts';

/**
 * Sets one setting, or, without a value, takes it back to its default.
 * @throws LoopstickError SETTINGS_BAD_VALUE, SETTINGS_BAD_NAME; what changeSettings throws
 */
export async function changeSetting(
  context: Pick<Context, 'paths' | 'random' | 'clock'>,
  { key }: SettingKey,
  value: SettingValue | undefined,
  signal: AbortSignal,
): Promise<Settings> {
  if (value !== undefined) requireName(key);
  const path = settingPath(key);
  return changeSettings(
    context,
    (before) => {
      const after = withValueAt(before, path, value);
      const parsed = settingsSchema.safeParse(after);
      // The file was valid, so it is this value that is not.
      if (!parsed.success) {
        throw refused(key, value, describeIssues(parsed.error).replace(`${key}: `, ''));
      }
      if (key === 'mirrors.only' && allowsNobody(parsed.data.mirrors)) {
        throw refused(key, value, 'there are no mirrors to use then; name some with "loopstick mirrors prefer HOST"');
      }
      return after;
    },
    signal,
  );
}

/** Nobody is preferred, and there is no mirror of the user's own. */
function allowsNobody({ only, prefer, own }: MirrorSettings): boolean {
  return only && prefer.length === 0 && Object.values(own).flat().length === 0;
}

function refused(key: string, value: SettingValue | undefined, problem: string): LoopstickError {
  return failure(SETTINGS_ERRORS.badValue, { key, value: withoutSecrets([value ?? ''].flat().join(' ')), problem });
}
