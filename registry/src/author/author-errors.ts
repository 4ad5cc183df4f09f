/** Errors of those who write plugins. */
export const AUTHOR_ERRORS = {
  badName: {
    code: 'PLUGIN_NAME_INVALID',
    category: 'usage',
    message: '"{name}" cannot be the id of a plugin.',
    hint: 'Take lower-case letters and digits, joined by single hyphens, 64 at most: distro-example.',
  },
  noData: {
    code: 'PLUGIN_KIND_NEEDS_CODE',
    category: 'usage',
    message: 'A plugin of the kind {kind} cannot be data alone.',
    hint: 'Leave out --data, or take --kind distro.',
  },
  folderExists: {
    code: 'PLUGIN_FOLDER_EXISTS',
    category: 'target-refused',
    message: '{folder} exists already.',
    hint: 'Take another name, or go to another folder. Nothing is ever overwritten.',
  },
} as const;
