/** Errors of the recipe room: looking inside ISOs and knowing what they are. */
export const RECIPE_ERRORS = {
  unreadable: {
    code: 'ISO_UNREADABLE',
    category: 'bad-input',
    message: '{file} is not an ISO image that can be read: {problem}',
    hint: 'Name a whole ISO file; one that was only partly downloaded has to be downloaded again.',
  },
  fileMissing: {
    code: 'ISO_FILE_MISSING',
    category: 'bad-input',
    message: 'There is no file {path} in {file}.',
    hint: 'The image is damaged or not what its recipe takes it for; compare its checksum, then report this.',
  },
  fileTooLarge: {
    code: 'ISO_FILE_TOO_LARGE',
    category: 'bad-input',
    message: 'The file {path} in {file} has {size} bytes; at most {limit} are read.',
    hint: 'Such a large boot file is not normal: compare the checksum of the image with the one its maker publishes.',
  },
  none: {
    code: 'RECIPE_NONE',
    category: 'bad-input',
    message: 'No recipe can boot {file} (volume "{label}") from a stick: {reason}',
    hint: 'Write it to a stick of its own, or install a plugin that knows it.',
  },
} as const;
