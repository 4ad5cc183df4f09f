/** What plugins in processes of their own can do wrong. Each costs what the plugin would have contributed. */
export const ISOLATION_ERRORS = {
  memory: {
    code: 'PLUGIN_MEMORY',
    category: 'plugin',
    message: 'Plugin {plugin} was ended because it took more memory than its {limit} MiB.',
    hint: 'Report this to the author of {plugin}, or disable it with the setting "plugins.disabled".',
  },
  exited: {
    code: 'PLUGIN_EXITED',
    category: 'plugin',
    message: 'The process of plugin {plugin} has ended by itself ({how}). {words}',
    hint: 'Report this to the author of {plugin}, or disable it with the setting "plugins.disabled".',
  },
  hung: {
    code: 'PLUGIN_HUNG',
    category: 'plugin',
    message: 'Plugin {plugin} was ended because it did not stop when it was told to, in {place}.',
    hint: 'Report this to the author of {plugin}, or disable it with the setting "plugins.disabled".',
  },
  flooded: {
    code: 'PLUGIN_FLOOD',
    category: 'plugin',
    message: 'Plugin {plugin} was ended because it {what}.',
    hint: 'Report this to the author of {plugin}, or disable it with the setting "plugins.disabled".',
  },
  answerInvalid: {
    code: 'PLUGIN_ANSWER_INVALID',
    category: 'plugin',
    message: 'Plugin {plugin} was ended because it sent something that is no answer: {problem}',
    hint: 'Report this to the author of {plugin}, or disable it with the setting "plugins.disabled".',
  },
  printed: {
    code: 'PLUGIN_PRINTED',
    category: 'plugin',
    message: 'Plugin {plugin} says: {line}',
    hint: 'This comes from {plugin} and not from Loopstick.',
  },
  hostDenied: {
    code: 'PLUGIN_HOST_DENIED',
    category: 'plugin',
    message: 'Plugin {plugin} wanted to reach {what} by itself in {place}, which it may not.',
    hint: 'Its author has to declare the host in "permissions.hosts", or let Loopstick fetch what it needs.',
  },
  fileDenied: {
    code: 'PLUGIN_FILE_DENIED',
    category: 'plugin',
    message: 'Plugin {plugin} wanted to use {what} in {place}, which is not among the files it was granted.',
    hint: 'Its author has to declare the folder in "permissions.paths"; plugins read there, and never write.',
  },
  programDenied: {
    code: 'PLUGIN_PROGRAM_DENIED',
    category: 'plugin',
    message: 'Plugin {plugin} wanted to run {what} in {place}, which it may not.',
    hint: 'Its author has to declare the program in "permissions.programs" and let Loopstick run it.',
  },
  doorDenied: {
    code: 'PLUGIN_ACCESS_DENIED',
    category: 'plugin',
    message: 'Plugin {plugin} wanted to use {what} in {place}, which no plugin may.',
    hint: 'Report this to the author of {plugin}, or disable it with the setting "plugins.disabled".',
  },
  folderRefused: {
    code: 'PLUGIN_FOLDER_REFUSED',
    category: 'plugin',
    message: 'The code of plugin {plugin} is not loaded: {problem}',
    hint: 'Install the plugin anew, or put real files in the place of links.',
  },
  unfenced: {
    code: 'PLUGIN_UNFENCED',
    category: 'plugin',
    message: 'Plugin {plugin} runs without a list of the files that it may use: this release of Node has none.',
    hint: 'Use a release of Node that has a permission model, such as 20, 22 or 24.',
  },
} as const;
