/** Errors of the download room. Transports use them too, so that core can tell what to do about each. */
export const DOWNLOAD_ERRORS = {
  // What one mirror did. These end the job only when no mirror is left.
  connection: {
    code: 'DOWNLOAD_CONNECTION',
    category: 'network',
    message: '{mirror} could not be reached or broke off: {problem}',
    hint: 'Check the network connection; what was already downloaded is kept.',
  },
  name: {
    code: 'DOWNLOAD_NAME',
    category: 'network',
    message: 'The name of {mirror} could not be resolved: {problem}',
    hint: 'Check the network connection, its DNS server, and the spelling of the address.',
  },
  tls: {
    code: 'DOWNLOAD_TLS',
    category: 'network',
    message: '{mirror} cannot be trusted: {problem}',
    hint: "Check this machine's date and time, and that no network that wants you to log in is between; or use another mirror.",
  },
  httpStatus: {
    code: 'DOWNLOAD_HTTP_STATUS',
    category: 'network',
    message: '{mirror} answered with HTTP status {status}.',
    hint: 'The file may have moved: update the catalog, or try again later.',
  },
  redirect: {
    code: 'DOWNLOAD_REDIRECT',
    category: 'network',
    message: '{mirror} redirects in a way that is not followed: {problem}',
    hint: 'Use another mirror, or give the address that it should lead to.',
  },
  badRange: {
    code: 'DOWNLOAD_BAD_RANGE',
    category: 'network',
    message: '{mirror} did not send the range that was asked for: {problem}',
    hint: 'Nothing to do when there are other mirrors; report it to the mirror if it keeps happening.',
  },
  rangeUnsatisfiable: {
    code: 'DOWNLOAD_RANGE_UNSATISFIABLE',
    category: 'network',
    message: '{mirror} has no byte {start} of this file (HTTP status 416).',
    hint: 'The mirror is probably out of date; use another one.',
  },
  sizeMismatch: {
    code: 'DOWNLOAD_SIZE_MISMATCH',
    category: 'verification',
    message: '{mirror} offers {actual} bytes where {wanted} are expected.',
    hint: 'The mirror or the catalog is out of date: update the catalog, or use another mirror.',
  },
  shortBody: {
    code: 'DOWNLOAD_SHORT_BODY',
    category: 'network',
    message: '{mirror} stopped at byte {actual} of {wanted}.',
    hint: 'Run the same command again; what was already downloaded is kept.',
  },
  stalled: {
    code: 'DOWNLOAD_STALLED',
    category: 'network',
    message: '{mirror} sent nothing for {seconds} s.',
    hint: 'Run the same command again later; what was already downloaded is kept.',
  },

  tooSlow: {
    code: 'DOWNLOAD_TOO_SLOW',
    category: 'network',
    message: '{mirror} sent next to nothing: {speed}/s.',
    hint: 'Run the same command again later; what was already downloaded is kept.',
  },
  webPage: {
    code: 'DOWNLOAD_WEB_PAGE',
    category: 'network',
    message: '{mirror} answered with a web page instead of the file.',
    hint: 'A network that wants you to log in does this: open a browser, log in, and run the same command again.',
  },
  differentFile: {
    code: 'DOWNLOAD_DIFFERENT_FILE',
    category: 'verification',
    message: '{mirror} has a different file: {problem}',
    hint: 'The mirror is out of date or damaged: use another one.',
  },
  changed: {
    code: 'DOWNLOAD_CHANGED',
    category: 'verification',
    message: 'The file on {mirror} was changed while it was being downloaded.',
    hint: 'Run the same command again when the mirror has settled; update the catalog if that does not help.',
  },

  begunAnew: {
    code: 'DOWNLOAD_BEGUN_ANEW',
    category: 'verification',
    message: '{label} is begun anew: nothing proves that {mirror} still has the file that an earlier run began with.',
    hint: 'With a checksum, what is here could have been kept.',
  },

  noOffer: {
    code: 'DOWNLOAD_NO_OFFER',
    category: 'usage',
    message: 'Files cannot be given to others by "{scheme}:".',
    hint: 'Leave the address out, or give one of a transport that can, such as a torrent.',
  },

  // How a job ends.
  allMirrorsFailed: {
    code: 'DOWNLOAD_ALL_MIRRORS_FAILED',
    category: 'network',
    message: '{label} could not be downloaded from any mirror. {tried}',
    hint: '{advice}',
  },
  retryLater: {
    code: 'DOWNLOAD_RETRY_LATER',
    category: 'network',
    message: '{label}: {mirror} asks to wait until {until}.',
    hint: 'Run the same command again then, or use another mirror; what was already downloaded is kept.',
  },
  noMirrors: {
    code: 'DOWNLOAD_NO_MIRRORS',
    category: 'not-found',
    message: 'There is no mirror to download {label} from.',
    hint: 'Update the catalog, or choose another mirror strategy in the settings.',
  },
  noAddresses: {
    code: 'DOWNLOAD_NO_ADDRESSES',
    category: 'not-found',
    message: 'Nothing says from which http or https address {label} can be downloaded.',
    hint: 'Give one with --url; for an image that has a torrent, set downloads.torrents.',
  },
  checksum: {
    code: 'DOWNLOAD_CHECKSUM',
    category: 'verification',
    message: '{label} from {mirrors} does not have the {algorithm} checksum {wanted}. It was thrown away.',
    hint: 'Update the catalog and try again; if it stays so, tell the mirror: its file is damaged, outdated or forged.',
  },
  pieceChecksum: {
    code: 'DOWNLOAD_PIECE_CHECKSUM',
    category: 'verification',
    message: 'Bytes {start} to {end} of {label} are not what its list of pieces says, on none of {mirrors}.',
    hint: 'Get a new list of pieces, or one with a checksum of the whole file; what was right is kept.',
  },
  piecesDoubted: {
    code: 'DOWNLOAD_PIECES_DOUBTED',
    category: 'verification',
    message: 'No mirror has what the list of pieces says of bytes {start} to {end} of {label}.',
    hint: 'The checksum of the whole file decides. Tell whoever publishes the list.',
  },
  space: {
    code: 'DOWNLOAD_SPACE',
    category: 'space',
    message:
      'There is not enough space for {file}: {needed} are needed (with a 10 % margin), {available} are available.',
    hint: 'Free some space there, or choose a place on a larger disk (LOOPSTICK_HOME for the library).',
  },
  busy: {
    code: 'DOWNLOAD_BUSY',
    category: 'target-refused',
    message: '{file} is being downloaded already, by {owner}.',
    hint: 'Wait until that is done. If it certainly no longer runs, remove {lock}.',
  },
  destinationExists: {
    code: 'DOWNLOAD_DESTINATION_EXISTS',
    category: 'target-refused',
    message: '{file} exists already and is not known to be {label}.',
    hint: 'Move it away, choose another place, or add --force to replace it.',
  },
  destinationShared: {
    code: 'DOWNLOAD_DESTINATION_SHARED',
    category: 'target-refused',
    message: '{first} and {second} would both be {file}.',
    hint: 'Put them into different folders, one after the other.',
  },
  notAFile: {
    code: 'DOWNLOAD_NOT_A_FILE',
    category: 'target-refused',
    message: '{file} is not a regular file, so nothing is written there.',
    hint: 'Choose another name.',
  },
} as const;
