/** Errors of syncing the catalog, and of what it keeps. */
export const SYNC_ERRORS = {
  unchanged: {
    code: 'CATALOG_UNCHANGED',
    category: 'internal',
    message: '{source} has nothing new.',
    hint: 'This ends the reading of a source early and is not to be caught.',
  },
  storeUnreadable: {
    code: 'CATALOG_STORE_UNREADABLE',
    category: 'system',
    message: 'What was fetched of {source} cannot be used: {problem}.',
    hint: 'Run "loopstick catalog sync": it is fetched anew.',
  },
  tooLarge: {
    code: 'CATALOG_DOCUMENT_TOO_LARGE',
    category: 'plugin',
    message: '{source} says more than {limit}.',
    hint: 'No honest source says that much; what it said before stays in use. Tell the publisher of its plugin.',
  },
  slow: {
    code: 'CATALOG_SOURCE_SLOW',
    category: 'network',
    message: '{source} was not done within {seconds} s: it was waiting for {url}.',
    hint: 'What it said before stays in use. Try again later, or give it more time: catalog.deadlineSeconds in the settings.',
  },
  shrunk: {
    code: 'CATALOG_SHRUNK',
    category: 'verification',
    message: '{source} has {after} images, of {before} before: that is more than {percent} % less.',
    hint: 'What it said before stays in use. If it is right this time: loopstick catalog sync --source {source} --accept-loss',
  },
  claimCut: {
    code: 'CATALOG_CLAIM_CUT',
    category: 'verification',
    message: '{source} calls {count} images signed that no list names which was checked, such as {image}.',
    hint: 'They count as what they are, "{level}". Tell the publisher of its plugin.',
  },
  keyGone: {
    code: 'CATALOG_KEY_GONE',
    category: 'verification',
    message: '{count} images of {source} were signed by a key that {plugin} does not name any more, such as {image}.',
    hint: 'They count as "{level}" until they are read anew: loopstick catalog sync --source {source}',
  },
  imageOutdated: {
    code: 'CATALOG_IMAGE_OUTDATED',
    category: 'verification',
    message:
      '{source} has {count} images by a list that was signed before the last one that named them, such as {image}.',
    hint: 'Somebody may show old lists as if they were new; what was known of these images stays. Try again later.',
  },
  unknownSource: {
    code: 'CATALOG_UNKNOWN_SOURCE',
    category: 'not-found',
    message: 'There is no catalog source "{source}" that can be synced.',
    hint: 'There is {offered}.',
  },
  notFresh: {
    code: 'CATALOG_NOT_FRESH',
    category: 'network',
    message: 'The catalog is not fresh: {sources}.',
    hint: 'Run "loopstick catalog sync" again when they can be reached, or do without --require-fresh.',
  },
  allFailed: {
    code: 'CATALOG_SYNC_FAILED',
    category: 'network',
    message: 'No catalog source could be read: {sources}.',
    hint: 'Check the connection and try again; what was fetched before stays in use.',
  },
  nothingKnown: {
    code: 'CATALOG_NOTHING_KNOWN',
    category: 'network',
    message: 'Nothing is known of any source that was asked for: {sources}.',
    hint: 'Run "loopstick catalog sync" without --offline when they can be reached.',
  },
  outOfDate: {
    code: 'CATALOG_OUT_OF_DATE',
    category: 'network',
    message: 'What {source} said was good until {day} only; it was last known to be current on {confirmed}.',
    hint: 'It stays in use. Run "loopstick catalog sync" to ask again.',
  },
  busy: {
    code: 'CATALOG_SYNC_BUSY',
    category: 'system',
    message: 'Another sync of the catalog is running: it holds {lock}.',
    hint: 'Wait until it is done. If it runs on no machine any more, remove that file.',
  },
} as const;
