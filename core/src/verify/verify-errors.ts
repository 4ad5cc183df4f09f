/** Errors of the verify room. */
export const VERIFY_ERRORS = {
  evidenceTooWeak: {
    code: 'EVIDENCE_TOO_WEAK',
    category: 'verification',
    message: 'The checksum of {image} has the evidence "{level}"; at least "{minimum}" is wanted.',
    hint: 'If that is enough for you, add --accept {level}; "loopstick catalog show" tells who vouches for it.',
  },
  fileTooShort: {
    code: 'VERIFY_FILE_TOO_SHORT',
    category: 'system',
    message: '{file} ends after {there} bytes; {wanted} were written.',
    hint: 'Something else has cut it short. Keep other programs away from it and try again.',
  },
} as const;
