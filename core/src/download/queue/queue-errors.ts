/** Errors of the queue of downloads. */
export const QUEUE_ERRORS = {
  state: {
    code: 'DOWNLOAD_STATE',
    category: 'bad-input',
    message: 'Download {id} is {from} and cannot become {to}.',
    hint: 'Run "loopstick downloads list --all" to see the state of each download.',
  },
  unknown: {
    code: 'DOWNLOAD_UNKNOWN',
    category: 'not-found',
    message: 'There is no download "{id}".',
    hint: 'Run "loopstick downloads list --all" to see all downloads and their ids.',
  },
  ambiguous: {
    code: 'DOWNLOAD_AMBIGUOUS',
    category: 'usage',
    message: 'More than one download begins with "{id}": {ids}.',
    hint: 'Give more letters of the id.',
  },
  otherFile: {
    code: 'DOWNLOAD_OTHER_FILE',
    category: 'target-refused',
    message: '{file} is being downloaded already, as {label} ({id}), with other checksums.',
    hint: 'Choose another place, or stop the other one: loopstick downloads cancel {id}',
  },
  ended: {
    code: 'DOWNLOAD_PROCESS_ENDED',
    category: 'interrupted',
    message: 'The process that downloaded it has ended.',
    hint: 'Go on with: loopstick downloads resume {id}',
  },
  unanswered: {
    code: 'DOWNLOAD_UNANSWERED',
    category: 'system',
    message: 'Process {pid}, which downloads {label} ({id}), does not answer.',
    hint: 'It may be stopped or very busy; what it was asked for is done as soon as it looks.',
  },
  closed: {
    code: 'DOWNLOAD_QUEUE_CLOSED',
    category: 'interrupted',
    message: 'The program that downloads was stopped.',
    hint: 'Go on later with: loopstick downloads resume',
  },

  // The database.
  missing: {
    code: 'DOWNLOAD_STATE_NO_SQLITE',
    category: 'missing-tool',
    message: 'There is no list of downloads: libsql, which keeps it, does not work on this machine ({problem}).',
    hint: 'Downloads work without it. To have it, install Loopstick again, with its optional packages.',
  },
  unreadable: {
    code: 'DOWNLOAD_RECORD_UNREADABLE',
    category: 'bad-input',
    message: 'The entry {id} in the list of downloads {file} cannot be read and is left out.',
    hint: 'A newer Loopstick may have written it. "loopstick downloads prune" forgets it; no ISO, and no part of one, is lost.',
  },
  jobUnreadable: {
    code: 'DOWNLOAD_JOB_UNREADABLE',
    category: 'bad-input',
    message: 'The entry {id} ({label}) in the list of downloads {file} does not say what to download.',
    hint: 'Begin it again as the first time, and it goes on; or give it up: loopstick downloads cancel {id}',
  },
  damaged: {
    code: 'DOWNLOAD_STATE_DAMAGED',
    category: 'bad-input',
    message: 'The list of downloads in {file} cannot be used: {problem}',
    hint: 'It may be removed. Lost are only the queue, its statistics and what was learned of mirrors: no ISO, and no part of one.',
  },
  unrecorded: {
    code: 'DOWNLOAD_STATE_UNWRITABLE',
    category: 'system',
    message: 'Downloads go on, but are not recorded in {file}: {problem}.',
    hint: 'They do not appear in "loopstick downloads list" meanwhile; what is downloaded is safe.',
  },
} as const;
