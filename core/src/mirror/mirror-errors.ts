/** Errors of the mirror room. A list that is lost ends no download: it costs only the mirrors in it. */
export const MIRROR_ERRORS = {
  listUnreachable: {
    code: 'MIRROR_LIST_UNREACHABLE',
    category: 'network',
    message: 'The list of mirrors {list} could not be fetched: {problem}.',
    hint: 'The other mirrors are used. Set "mirrors.lists" to false to ask for no lists.',
  },
  listTooLarge: {
    code: 'MIRROR_LIST_TOO_LARGE',
    category: 'bad-input',
    message: 'The list of mirrors {list} is longer than {limit}.',
    hint: 'The other mirrors are used. Report this to whoever publishes the list.',
  },
  listMalformed: {
    code: 'MIRROR_LIST_MALFORMED',
    category: 'bad-input',
    message: 'The list of mirrors {list} is not valid: {problem}.',
    hint: 'A network that wants you to log in may have answered in its place: open a browser. The other mirrors are used.',
  },
  listOld: {
    code: 'MIRROR_LIST_OLD',
    category: 'network',
    message: 'The list of mirrors {list} could not be renewed; that of {day} is used.',
    hint: 'Nothing to do: mirrors that have gone since are left by themselves.',
  },
  listLate: {
    code: 'MIRROR_LIST_LATE',
    category: 'network',
    message: 'The list of mirrors {list} does not come in time: it goes on without it.',
    hint: 'The other mirrors are used. "loopstick mirrors list" waits for it longer, and keeps it for the next time.',
  },
  ownWithoutPath: {
    code: 'MIRROR_OWN_WITHOUT_PATH',
    category: 'bad-input',
    message: 'Your mirror {mirror} is not used: it is not known where {file} is below it.',
    hint: 'Give the address of the file itself in "mirrors.own".',
  },
  memoryUnusable: {
    code: 'MIRROR_MEMORY_UNUSABLE',
    category: 'system',
    message: 'What is remembered of mirrors, in {file}, cannot be used: {problem}.',
    hint: 'It goes on without: mirrors are ranked by what else is known of them.',
  },
  memoryBusy: {
    code: 'MIRROR_MEMORY_BUSY',
    category: 'system',
    message:
      'What is remembered of mirrors, in {file}, is in the hands of another program, which does not let go of it.',
    hint: 'Try again. If that does not help, look for a program that has the file open.',
  },
  memoryUnreadable: {
    code: 'MIRROR_MEMORY_UNREADABLE',
    category: 'system',
    message: 'What is remembered of mirrors, in {file}, cannot be read or changed: {problem}.',
    hint: 'Move away what has this name. The list of downloads is there as well; no ISO, and no part of one.',
  },
  noneUsable: {
    code: 'MIRROR_NONE_USABLE',
    category: 'network',
    message: 'None of the mirrors that were tested ({count}) has {image} as it should be.',
    hint: 'Check the network connection; or test more of them with --most.',
  },
  noneNamed: {
    code: 'MIRROR_NONE_NAMED',
    category: 'not-found',
    message:
      'None of the mirrors that you prefer is known to have {image}, and "mirrors.only" (--only) allows no others.',
    hint: 'Prefer others (loopstick mirrors prefer), name one of your own in "mirrors.own", or set "mirrors.only" to false.',
  },
  badCountry: {
    code: 'MIRROR_BAD_COUNTRY',
    category: 'usage',
    message: '"{country}" is not the code of a country.',
    hint: '{advice}',
  },
  badHost: {
    code: 'MIRROR_BAD_HOST',
    category: 'usage',
    message: '"{host}" is not the name of a host: {problem}.',
    hint: 'Give a host such as mirror.example.org, with a port if it has one of its own, or an address of something there.',
  },
} as const;
