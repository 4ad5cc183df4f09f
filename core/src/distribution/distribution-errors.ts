/** Errors of the documents that describe distributions, and of reading a vendor's lists by them. */
export const DISTRIBUTION_ERRORS = {
  invalid: {
    code: 'DISTRIBUTION_INVALID',
    category: 'plugin',
    message: 'The distribution document {file} of plugin {plugin} is not valid: {problem}',
    hint: 'The author of {plugin} has to correct it; docs/distribution-document.md explains each field.',
  },
  mirrorListsInvalid: {
    code: 'MIRROR_LISTS_INVALID',
    category: 'plugin',
    message: 'The mirror lists {file} of plugin {plugin} are not valid: {problem}',
    hint: 'The author of {plugin} has to correct them; docs/mirror-lists.md explains each field.',
  },
  tooLarge: {
    code: 'DISTRIBUTION_TOO_LARGE',
    category: 'plugin',
    message: '{file} of plugin {plugin} is larger than {limit}.',
    hint: 'No distribution needs that much; reinstall the plugin or report this to its author.',
  },
  unreadable: {
    code: 'DISTRIBUTION_UNREADABLE',
    category: 'plugin',
    message: '{file} of plugin {plugin} cannot be read: {problem}',
    hint: 'Reinstall the plugin or report this to its author.',
  },
  noLists: {
    code: 'DISTRIBUTION_NO_LISTS',
    category: 'plugin',
    message: 'The distribution document of plugin {plugin} names no list of images.',
    hint: 'There is nothing to sync; the plugin has other uses.',
  },
  malformed: {
    code: 'DISTRIBUTION_LIST_MALFORMED',
    category: 'network',
    message: '{url} is not what {list} of {plugin} expects: {problem}',
    hint: 'Its vendor may have changed it; look for a newer version of {plugin}.',
  },
  tooComplex: {
    code: 'DISTRIBUTION_TOO_COMPLEX',
    category: 'plugin',
    message: 'To read {list} of {plugin} takes too much work.',
    hint: 'Its patterns, or what its vendor lists, are larger than any that are known; tell the author of {plugin}.',
  },
  empty: {
    code: 'DISTRIBUTION_EMPTY',
    category: 'network',
    message: 'No list of {plugin} names an image that it knows.',
    hint: 'Its vendor may have renamed its files; look for a newer version of {plugin}.',
  },
  listLost: {
    code: 'DISTRIBUTION_LIST_LOST',
    category: 'network',
    message: '{list} of {plugin} is incomplete, {count} left out: {problem}',
    hint: 'All else was read. Images that were known before are kept for a week, others are missing until it can be read.',
  },
  noKey: {
    code: 'DISTRIBUTION_NO_KEY',
    category: 'verification',
    message: 'No key of {plugin} may sign lists of {distribution} {version}; {url} was not read.',
    hint: 'Look for a newer version of {plugin}, which may bring that key.',
  },
  wrongKey: {
    code: 'DISTRIBUTION_WRONG_KEY',
    category: 'verification',
    message: '{url} is signed by {key}, which may not sign lists of {distribution} {version}.',
    hint: 'Nothing of it was taken. Report this: a vendor does not sign with the key of another release.',
  },
  contradiction: {
    code: 'DISTRIBUTION_CONTRADICTION',
    category: 'verification',
    message: 'For {file} of {plugin}, {url} and the list of checksums name different bytes; the latter counts.',
    hint: 'This may pass when its vendor has finished publishing; sync again later.',
  },
  noChecksum: {
    code: 'DISTRIBUTION_NO_CHECKSUM',
    category: 'network',
    message: '{file} of {plugin} has no SHA-256 checksum in {url} and was left out.',
    hint: 'Its vendor may not have finished publishing; sync again later.',
  },
  foreignHost: {
    code: 'DISTRIBUTION_FOREIGN_HOST',
    category: 'plugin',
    message: '{plugin} found {url}, which is on a host that its manifest does not name; it was left out.',
    hint: 'The author of {plugin} has to declare the host in "permissions.hosts", if it is the vendor\'s.',
  },
} as const;
