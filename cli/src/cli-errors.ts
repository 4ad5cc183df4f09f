/** Errors of the command line itself. */
export const CLI_ERRORS = {
  usage: {
    code: 'CLI_USAGE',
    category: 'usage',
    message: '{problem}',
    hint: 'Run "{command} --help" to see how it is used.',
  },
  badSize: {
    code: 'CLI_BAD_SIZE',
    category: 'usage',
    message: '"{value}" is not a size for {option}.',
    hint: 'Give a number with a unit, such as 16G or 700M.',
  },
  noTarget: {
    code: 'CLI_NO_TARGET',
    category: 'usage',
    message: 'Say where to build the stick: exactly one of -o FILE and --device DEVICE.',
    hint: 'For a first try: loopstick build … -o stick.img',
  },
  badValue: {
    code: 'CLI_BAD_VALUE',
    category: 'usage',
    message: '"{value}" is not right for {option}: {problem}.',
    hint: 'Run "{command} --help" to see how it is used.',
  },
  paused: {
    code: 'CLI_PAUSED',
    category: 'interrupted',
    message: 'Paused. Go on with: {command}',
    hint: 'Everything that was downloaded is kept; the same command goes on from there{too}.',
  },
  cancelled: {
    code: 'CLI_CANCELLED',
    category: 'interrupted',
    message: 'Cancelled; what was downloaded of it has been removed.',
    hint: 'Run the same command again to begin anew.',
  },
  notInLibrary: {
    code: 'CLI_NOT_IN_LIBRARY',
    category: 'not-found',
    message: '{image} is not in the library, so there is nothing to give.',
    hint: 'Download it first: loopstick download {image}',
  },
  noEntry: {
    code: 'CLI_NO_SUCH_ENTRY',
    category: 'not-found',
    message: 'The stick has no entry "{entry}".',
    hint: 'It has: {entries}',
  },
  unfinished: {
    code: 'CLI_UNFINISHED',
    category: 'internal',
    message: 'The program ran out of work before it was done; it waited for {calls}.',
    hint: 'Report this to the author of the plugin, or to us, with the full command line.',
  },
  notAFile: {
    code: 'CLI_NOT_A_FILE',
    category: 'bad-input',
    message: '{file} is neither a file nor a disk.',
    hint: 'Name an ISO file.',
  },
  outputExists: {
    code: 'CLI_OUTPUT_EXISTS',
    category: 'target-refused',
    message: '{file} exists already.',
    hint: 'Choose another name, or remove it.',
  },
  unconfirmed: {
    code: 'CLI_UNCONFIRMED',
    category: 'usage',
    message: '"{question}" can only be asked on a terminal.',
    hint: 'Add -y to answer it with yes.',
  },
} as const;

/** The problem with `-o ""`, where a variable of a script was empty. */
export const NO_NAME = '-o is given, but no name behind it';
