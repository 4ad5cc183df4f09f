/** Errors of installing plugins: what is wrong with a package each with its own code. */
export const PLUGIN_ERRORS = {
  // ── what was asked for ───────────────────────────────────────────────────────────────────────────────────────────
  badSource: {
    code: 'PLUGIN_BAD_SOURCE',
    category: 'usage',
    message: '"{source}" does not name a plugin: {problem}',
    hint: 'Name an id such as distro-x or distro-x@^1.2, npm:PACKAGE, a folder (./mine) or a tarball (./mine.tgz).',
  },
  unknown: {
    code: 'PLUGIN_UNKNOWN',
    category: 'not-found',
    message: 'No registry that is trusted has a plugin "{plugin}".{guess}',
    hint: 'Look for it with: loopstick plugin search. From elsewhere: loopstick plugin install npm:PACKAGE, or ./FOLDER',
  },
  ambiguous: {
    code: 'PLUGIN_AMBIGUOUS',
    category: 'usage',
    message: 'More than one registry has a plugin "{plugin}": {registries}.',
    hint: 'Say which: loopstick plugin install {plugin} --registry NAME',
  },
  noVersion: {
    code: 'PLUGIN_NO_VERSION',
    category: 'not-found',
    message: 'No release of {plugin} fits "{range}": {problem}',
    hint: '{advice}',
  },
  notInstalled: {
    code: 'PLUGIN_NOT_INSTALLED',
    category: 'not-found',
    message: 'No plugin "{plugin}" is installed.',
    hint: 'Installed: {installed}',
  },
  bundled: {
    code: 'PLUGIN_BUNDLED',
    category: 'target-refused',
    message: 'Plugin {plugin} comes with Loopstick and is not installed.',
    hint: 'To do without it: loopstick plugin disable {plugin}',
  },

  // ── a package that is refused ────────────────────────────────────────────────────────────────────────────────────
  unreadable: {
    code: 'PLUGIN_PACKAGE_UNREADABLE',
    category: 'bad-input',
    message: '{package} is not a package: {problem}',
    hint: 'A plugin is a folder, or a tarball (.tgz) as "npm pack" makes it. Fetch it again if it may be incomplete.',
  },
  badFiles: {
    code: 'PLUGIN_FILES_INVALID',
    category: 'bad-input',
    message: 'The "files" of its package.json cannot be packed: {problem}.',
    hint: 'Name files and folders of the plugin, one by one and without patterns.',
  },
  tooLarge: {
    code: 'PLUGIN_PACKAGE_TOO_LARGE',
    category: 'bad-input',
    message: '{package} is larger than {limit}.',
    hint: 'No plugin needs that much: tell its author.',
  },
  unpacksTooLarge: {
    code: 'PLUGIN_UNPACKS_TOO_LARGE',
    category: 'bad-input',
    message: '{package} unpacks to more than {limit}.',
    hint: 'No plugin needs that much: tell its author.',
  },
  tooManyFiles: {
    code: 'PLUGIN_TOO_MANY_FILES',
    category: 'bad-input',
    message: '{package} has more than {limit} files.',
    hint: 'A plugin brings what it needs in few files: tell its author to bundle it.',
  },
  pathTooLong: {
    code: 'PLUGIN_PATH_TOO_LONG',
    category: 'bad-input',
    message: '{package} has a path that is too long or too deep: {path}',
    hint: 'Tell its author.',
  },
  pathOutside: {
    code: 'PLUGIN_PATH_OUTSIDE',
    category: 'verification',
    message: '{package} has a path that leads out of it: {path}',
    hint: 'This is an attack, or a broken program made it. Nothing was unpacked.',
  },
  pathAbsolute: {
    code: 'PLUGIN_PATH_ABSOLUTE',
    category: 'verification',
    message: '{package} has an absolute path: {path}',
    hint: 'This is an attack, or a broken program made it. Nothing was unpacked.',
  },
  pathOdd: {
    code: 'PLUGIN_PATH_ODD',
    category: 'bad-input',
    message: '{package} has a name that not every system can store: {path}',
    hint: 'Its author has to use letters, digits and ". _ - + @ ( )" in names.',
  },
  nameCollision: {
    code: 'PLUGIN_NAME_COLLISION',
    category: 'verification',
    message: '{package} has names that some systems take for the same: {first} and {second}.',
    hint: 'One would overwrite the other. Nothing was unpacked; tell its author.',
  },
  link: {
    code: 'PLUGIN_LINK',
    category: 'verification',
    message: '{package} has a link: {path}',
    hint: 'Links can lead out of a plugin, so none is taken; its author has to put the file itself there.',
  },
  specialFile: {
    code: 'PLUGIN_SPECIAL_FILE',
    category: 'verification',
    message: '{package} has something that is neither a file nor a folder: {path}',
    hint: 'No honest package has that. Nothing was unpacked.',
  },
  integrity: {
    code: 'PLUGIN_INTEGRITY',
    category: 'verification',
    message: '{package} is not what was announced: its checksum is another one.',
    hint: 'It was damaged on its way, or somebody has changed it. Nothing was unpacked.',
  },
  differs: {
    code: 'PLUGIN_DIFFERS',
    category: 'verification',
    message: '{package} says otherwise than what announced it: {field} is {actual}, and was announced as {announced}.',
    hint: 'Do not use it, and tell whoever runs the place where you found it.',
  },
  notSelfContained: {
    code: 'PLUGIN_NOT_SELF_CONTAINED',
    category: 'plugin',
    message: 'Plugin {plugin} needs further packages: {packages}.',
    hint: 'Plugins bring all that they need: its author has to bundle these into it.',
  },
  codeInData: {
    code: 'PLUGIN_CODE_IN_DATA',
    category: 'plugin',
    message: 'Plugin {plugin} says that it is only data, and has code: {path}',
    hint: 'Its author has to take the code out, or to name it in the manifest as "entry".',
  },
  reserved: {
    code: 'PLUGIN_NAME_RESERVED',
    category: 'verification',
    message: '"{name}" is a name of Loopstick’s own; what is offered under it at {place} is somebody else’s.',
    hint: 'It comes with Loopstick already, and is not to be installed.',
  },
  claimed: {
    code: 'PLUGIN_ID_CLAIMED',
    category: 'verification',
    message: '{package} claims the id {plugin}, which is that of another plugin, {owner}.',
    hint: 'If you want that one: {command}. If you mean this one, remove the other, or add --replace.',
  },
  blocked: {
    code: 'PLUGIN_BLOCKED',
    category: 'verification',
    message: 'Plugin {plugin} {version} is blocked by the registry {registry}: {reason}',
    hint: 'Install another version (loopstick plugin install {plugin} --allow-downgrade, if it is older), or remove it.',
  },
  tooNew: {
    code: 'PLUGIN_TOO_NEW',
    category: 'target-refused',
    message: '{plugin} {version} was published less than {hours} hours ago.',
    hint: 'Most bad releases are found on their first day: wait, or set plugins.npm.minimumAgeHours.',
  },

  // ── what needs a yes ─────────────────────────────────────────────────────────────────────────────────────────────
  untrusted: {
    code: 'PLUGIN_UNTRUSTED',
    category: 'target-refused',
    message: 'Plugin {plugin} has code that nobody vouches for.',
    hint: 'If you know its author, add --trust. docs/plugin-isolation.md says what such code can do.',
  },
  declined: {
    code: 'PLUGIN_DECLINED',
    category: 'interrupted',
    message: 'Plugin {plugin} was not installed.',
    hint: 'Nothing was changed.',
  },
  downgrade: {
    code: 'PLUGIN_DOWNGRADE',
    category: 'target-refused',
    message: '{plugin} {installed} is installed, which is newer than {version}.',
    hint: 'To go back all the same, add --allow-downgrade.',
  },

  // ── what is installed ────────────────────────────────────────────────────────────────────────────────────────────
  changed: {
    code: 'PLUGIN_CHANGED',
    category: 'verification',
    message: 'The files of plugin {plugin} in {directory} are not those that were installed; it is left out.',
    hint: 'Somebody has changed them. Install it again: loopstick plugin install {source}',
  },
  missing: {
    code: 'PLUGIN_FOLDER_MISSING',
    category: 'not-found',
    message: 'Plugin {plugin} is recorded as installed, but {directory} is not there.',
    hint: 'Install it again: loopstick plugin install {source}; or: loopstick plugin remove {plugin}',
  },
  notRecorded: {
    code: 'PLUGIN_NOT_RECORDED',
    category: 'verification',
    message: '{directory} is not among the plugins that were installed; it is left out.',
    hint: 'Remove it, or use it from where it is: loopstick plugin link {directory}',
  },
  lockDamaged: {
    code: 'PLUGIN_LOCK_DAMAGED',
    category: 'bad-input',
    message: 'The record of installed plugins, {file}, cannot be used: {problem}',
    hint: 'Bring it back from a copy, or remove it and install the plugins again.',
  },
  busy: {
    code: 'PLUGIN_BUSY',
    category: 'system',
    message: 'Another process is changing the installed plugins.',
    hint: 'Wait for it to end. If there is none, remove {lock}',
  },
  meanwhile: {
    code: 'PLUGIN_CHANGED_MEANWHILE',
    category: 'system',
    message: 'Another process has installed or removed {plugin} just now.',
    hint: 'See what is there with "loopstick plugin list", and run the command again if it is still wanted.',
  },

  // ── warnings ─────────────────────────────────────────────────────────────────────────────────────────────────────
  similarName: {
    code: 'PLUGIN_SIMILAR_NAME',
    category: 'verification',
    message: '"{name}" is almost the name of {known}, which is another plugin.',
    hint: 'Make sure that it is the one you mean: such names are given to deceive.',
  },
  deprecated: {
    code: 'PLUGIN_DEPRECATED',
    category: 'plugin',
    message: 'Plugin {plugin} {version} is deprecated: {reason}',
    hint: 'Its author advises against it; it works until further notice.',
  },
  withdrawn: {
    code: 'PLUGIN_WITHDRAWN',
    category: 'plugin',
    message: 'Plugin {plugin} was taken out of the registry {registry}: {reason}',
    hint: 'What is installed goes on working. To be rid of it: loopstick plugin remove {plugin}',
  },

  // ── npm registries ───────────────────────────────────────────────────────────────────────────────────────────────
  npmMissing: {
    code: 'PLUGIN_NPM_MISSING',
    category: 'not-found',
    message: 'The npm registry {registry} has no package "{package}".',
    hint: 'Check the name; the setting plugins.npm.registry says which registry is asked.',
  },
  npmFailed: {
    code: 'PLUGIN_NPM_FAILED',
    category: 'network',
    message: '"{package}" cannot be had from {registry}: {problem}',
    hint: 'Check the connection and try again; the setting plugins.npm.registry says which registry is asked.',
  },
  npmNoPlugin: {
    code: 'PLUGIN_NPM_NO_PLUGIN',
    category: 'not-found',
    message: 'The package "{package}" is not a plugin of Loopstick.',
    hint: 'A plugin has a "loopstick" block in its package.json.',
  },
} as const;
