/** Errors of changing the settings. What is wrong in the file itself is `settingsInvalid` of engine-errors.ts. */
export const SETTINGS_ERRORS = {
  unknownKey: {
    code: 'SETTINGS_UNKNOWN_KEY',
    category: 'usage',
    message: 'There is no setting "{key}".',
    hint: '{advice}',
  },
  badName: {
    code: 'SETTINGS_BAD_NAME',
    category: 'usage',
    message: 'There can be no setting "{key}": "{name}" is not the name of a distribution.',
    hint: 'Run "loopstick catalog list" to see the names: lower-case letters and digits, joined by "." or "-".',
  },
  badValue: {
    code: 'SETTINGS_BAD_VALUE',
    category: 'usage',
    message: '"{value}" is not right for the setting {key}: {problem}.',
    hint: 'Run "loopstick config get {key}" to see what it is now.',
  },
  busy: {
    code: 'SETTINGS_BUSY',
    category: 'system',
    message: 'The settings in {file} are being changed by somebody else, and that does not end.',
    hint: 'Try again. If no other Loopstick certainly runs, remove {lock}.',
  },
} as const;
