/** Errors of signatures over lists of checksums. Whoever fetched the list adds where it came from. */
export const SIGNATURE_ERRORS = {
  malformed: {
    code: 'SIGNATURE_MALFORMED',
    category: 'verification',
    message: 'There is no signature that can be checked: {problem}.',
    hint: 'Fetch the list and its signature again; a network that wants you to log in may have answered in their place.',
  },
  bad: {
    code: 'SIGNATURE_BAD',
    category: 'verification',
    message: 'The signature by {key} does not belong to this text: one of them was changed.',
    hint: 'Fetch both again: they may be of different moments. If it stays so, do not use what is listed, and tell the vendor.',
  },
  unknownKey: {
    code: 'SIGNATURE_UNKNOWN_KEY',
    category: 'verification',
    message: 'The signature is by {signers}; {wanted} would count.',
    hint: 'If the vendor has changed keys, an update of the plugin brings the new one. Else do not use what is listed.',
  },
  tooWeak: {
    code: 'SIGNATURE_TOO_WEAK',
    category: 'verification',
    message: 'The signature by {key} does not count: {algorithm} is not known to be safe.',
    hint: 'Ask the vendor for a signature of today. Do not use what is listed as if it were signed.',
  },
  keyExpired: {
    code: 'SIGNATURE_KEY_EXPIRED',
    category: 'verification',
    message: 'The key {key} has expired, on {day}.',
    hint: 'An update of the plugin brings the new key of the vendor, or the old one with a new date.',
  },
  keyRevoked: {
    code: 'SIGNATURE_KEY_REVOKED',
    category: 'verification',
    message: 'The key {key} was revoked by its owner.',
    hint: 'Someone else may have it. Do not use what is listed; an update of the plugin brings the new key.',
  },
  expired: {
    code: 'SIGNATURE_EXPIRED',
    category: 'verification',
    message: 'The signature by {key} was good until {day} only.',
    hint: 'Fetch the list and its signature again: the vendor has signed anew, or the mirror is old.',
  },
  outdated: {
    code: 'SIGNATURE_OUTDATED',
    category: 'verification',
    message: 'The signature is of {created}; one of {seen} was seen before.',
    hint: 'An old list is shown in place of the new one. Fetch it from elsewhere, or again later.',
  },
  inFuture: {
    code: 'SIGNATURE_IN_FUTURE',
    category: 'verification',
    message: 'The signature says that it was made on {created}, which is to come.',
    hint: 'Check the clock of this computer.',
  },
  keyInvalid: {
    code: 'SIGNATURE_KEY_INVALID',
    category: 'bad-input',
    message: 'The key material for {key} cannot be used: {problem}.',
    hint: 'This is a mistake in the plugin that brings it: report it to its author.',
  },
  textAround: {
    code: 'SIGNATURE_TEXT_AROUND',
    category: 'verification',
    message: 'The signed text is not alone in its file: something stands before or after it that nobody signed.',
    hint: 'Someone may have added it: fetch the file again, from elsewhere. As the vendor made it, it has the signed text only.',
  },
} as const;
