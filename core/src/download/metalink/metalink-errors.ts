/** Errors about metalinks. */
export const METALINK_ERRORS = {
  malformed: {
    code: 'METALINK_MALFORMED',
    category: 'bad-input',
    message: 'The metalink {source} is not valid: {problem}',
    hint: 'Fetch it again, or give the address of the file itself with --url.',
  },
  unreadable: {
    code: 'METALINK_UNREADABLE',
    category: 'bad-input',
    message: 'The metalink {source} cannot be read: {problem}',
    hint: 'Check the path and the permissions of the file.',
  },
} as const;
