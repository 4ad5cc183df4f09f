/** Errors of the catalog room: documents, sources, and what a person asks for. */
export const CATALOG_ERRORS = {
  malformed: {
    code: 'CATALOG_MALFORMED',
    category: 'bad-input',
    message: 'The catalog {source} is not valid: {problem}',
    hint: 'Correct the document at the place named; docs/catalog.md describes the format.',
  },
  unsupported: {
    code: 'CATALOG_SCHEMA_UNSUPPORTED',
    category: 'bad-input',
    message: 'The catalog {source} has format {actual}; this release of Loopstick reads format {supported}.',
    hint: 'Install a newer Loopstick, or ask the publisher for the catalog in format {supported}.',
  },
  fileUnreadable: {
    code: 'CATALOG_FILE_UNREADABLE',
    category: 'bad-input',
    message: 'The catalog file {file} cannot be read: {problem}',
    hint: 'Check the path and the permissions of the file.',
  },
  fileTooLarge: {
    code: 'CATALOG_FILE_TOO_LARGE',
    category: 'bad-input',
    message: 'The catalog file {file} is larger than {limit}.',
    hint: 'Check that this is a catalog document; split it in several files when it is.',
  },
  customFileLeftOut: {
    code: 'CATALOG_CUSTOM_FILE_LEFT_OUT',
    category: 'bad-input',
    message: 'The catalog file {file} is left out: {problem}',
    hint: 'Correct it at the place named, or remove it; what the other sources know is there.',
  },
  sourceFailed: {
    code: 'CATALOG_SOURCE_FAILED',
    category: 'plugin',
    message: 'The catalog source {source} is left out: {problem}',
    hint: 'What the other sources know is there; update or disable the plugin that brings this one.',
  },
  imageIncomplete: {
    code: 'CATALOG_IMAGE_INCOMPLETE',
    category: 'bad-input',
    message: 'The image {image} is left out: no source says its {missing} (named by {sources}).',
    hint: 'An image needs kind, file, checksums and mirrors, from one catalog source or from several together.',
  },
  evidenceWeakened: {
    code: 'CATALOG_EVIDENCE_WEAKENED',
    category: 'verification',
    message: '{source} replaces the checksum of {image}: its evidence was "{before}" and is now "{after}".',
    hint: 'Leave that catalog source out unless you trust it more than {former}.',
  },
  keysReplaced: {
    code: 'CATALOG_KEYS_REPLACED',
    category: 'verification',
    message: '{source} lets another key sign {image} than {former}: {keys}.',
    hint: 'Leave that catalog source out unless you trust it more than {former}.',
  },
  referenceInvalid: {
    code: 'CATALOG_REFERENCE_INVALID',
    category: 'bad-input',
    message: '"{reference}" does not name an image.',
    hint: 'Write DISTRIBUTION[@RELEASE][/VARIANT[/ARCH]], such as ubuntu, ubuntu@lts/server, debian@^12 or fedora@42/kde/aarch64.',
  },
  unknownDistribution: {
    code: 'CATALOG_UNKNOWN_DISTRIBUTION',
    category: 'not-found',
    message: 'The catalog has no distribution "{distribution}".',
    hint: '{suggestion} "loopstick catalog list" shows all.',
  },
  unknownRelease: {
    code: 'CATALOG_UNKNOWN_RELEASE',
    category: 'not-found',
    message: 'The catalog has no release "{release}" of {distribution}.',
    hint: 'There is {offered}.',
  },
  noCurrentRelease: {
    code: 'CATALOG_NO_CURRENT_RELEASE',
    category: 'not-found',
    message: 'No release of {distribution} that fits is still maintained: all are past their end of life or not final.',
    hint: 'Name one to use it all the same, such as {example}, or give a newer catalog with --catalog.',
  },
  releaseEnded: {
    code: 'CATALOG_RELEASE_ENDED',
    category: 'bad-input',
    message: '{release} has had no updates since {date}, its end of life.',
    hint: '{advice}, unless it is this one that you need.',
  },
  unknownVariant: {
    code: 'CATALOG_UNKNOWN_VARIANT',
    category: 'not-found',
    message: 'The catalog has no variant "{variant}" of {release}.',
    hint: 'There is {offered}.',
  },
  unknownArch: {
    code: 'CATALOG_UNKNOWN_ARCH',
    category: 'not-found',
    message: 'The catalog has no image of {image} for "{arch}".',
    hint: 'There is {offered}.',
  },
} as const;
