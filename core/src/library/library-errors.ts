/** Errors of the library room. */
export const LIBRARY_ERRORS = {
  changed: {
    code: 'LIBRARY_FILE_CHANGED',
    category: 'verification',
    message: '{file} is no longer what was put into the library; it is not used.',
    hint: 'It will be downloaded again when it is needed. If nobody changed it, check the disk.',
  },
  notThere: {
    code: 'LIBRARY_NOT_FOUND',
    category: 'not-found',
    message: 'The library has no file "{word}".',
    hint: 'Name a file of "loopstick library list", or the beginning of its SHA-256.',
  },
  ambiguous: {
    code: 'LIBRARY_AMBIGUOUS',
    category: 'usage',
    message: '"{word}" may be {files}.',
    hint: 'Give more digits of the SHA-256.',
  },
  notTheCatalogs: {
    code: 'LIBRARY_NOT_THE_CATALOGS',
    category: 'verification',
    message: '{file} has the name of {image}, but it is another file.',
    hint: 'It was added all the same, as a file of your own. If it should be {image}, download that.',
  },
  source: {
    code: 'LIBRARY_SOURCE_CHANGED',
    category: 'verification',
    message: '{file} was changed while it was taken into the library.',
    hint: 'Try again when nothing writes to it any more.',
  },
  notRight: {
    code: 'LIBRARY_NOT_RIGHT',
    category: 'verification',
    message: '{bad} of {all} files of the library are not what they were: {files}',
    hint: 'They were set aside and will be downloaded again when they are needed. If nobody changed them, check the disk.',
  },
  unread: {
    code: 'LIBRARY_UNREAD',
    category: 'system',
    message: '{bad} of {all} files of the library could not be read: {files}',
    hint: 'Check the permissions and the disk; "loopstick library remove" removes what cannot be read any more.',
  },
  busy: {
    code: 'LIBRARY_BUSY',
    category: 'target-refused',
    message: 'These are being downloaded or read at present and stay: {files}',
    hint: 'Run the same command again when that is done, the build of a stick for instance.',
  },
} as const;
