/** Errors of the verify room. */
export const VERIFY_ERRORS = {
  evidenceTooWeak: {
    code: 'EVIDENCE_TOO_WEAK',
    category: 'verification',
    message: 'The checksum of {image} has the evidence "{level}"; at least "{minimum}" is wanted.',
    hint: 'If that is enough for you, add --accept {level}; "loopstick catalog show" tells who vouches for it.',
  },
  differs: {
    code: 'VERIFY_DIFFERS',
    category: 'verification',
    message: 'What the checksum says is not what is in {files}.',
    hint: 'Download again what is named here; check the list, the mirror and the disk when it stays so.',
  },
  notFound: {
    code: 'VERIFY_NOT_FOUND',
    category: 'not-found',
    message: 'No file with this checksum is in {folders}.',
    hint: 'Name more folders to look in, and a size only when it is exact.',
  },
  fileTooShort: {
    code: 'VERIFY_FILE_TOO_SHORT',
    category: 'system',
    message: '{file} ends after {there} bytes; {wanted} were written.',
    hint: 'Something else has cut it short. Keep other programs away from it and try again.',
  },
  fileChanged: {
    code: 'VERIFY_FILE_CHANGED',
    category: 'system',
    message: '{file} changed while it was read.',
    hint: 'Wait until whatever writes to it is done and try again.',
  },
  notAFile: {
    code: 'VERIFY_NOT_A_FILE',
    category: 'bad-input',
    message: '{file} is neither a file nor a disk.',
    hint: 'Name a file; of what is in a folder, name each.',
  },
  notReadable: {
    code: 'VERIFY_NOT_READABLE',
    category: 'bad-input',
    message: '{file} is no file: a pipe with a name or a device may have no end.',
    hint: 'Name a file, or give it as standard input: /dev/stdin.',
  },
  notSearched: {
    code: 'VERIFY_NOT_SEARCHED',
    category: 'system',
    message: '{path} was left out of the search: {reason}.',
    hint: 'What is wanted may be in there.',
  },

  // Lists of checksums.
  listTooLarge: {
    code: 'VERIFY_LIST_TOO_LARGE',
    category: 'bad-input',
    message: '{file} is no list of checksums: it is longer than {limit} bytes.',
    hint: 'Name the list, such as SHA256SUMS, and not the image.',
  },
  listUnreadable: {
    code: 'VERIFY_LIST_UNREADABLE',
    category: 'bad-input',
    message: '{file} cannot be used as a list of checksums: {problem}.',
    hint: 'Download it again: it has lines such as those that sha256sum writes.',
  },
  listContradicts: {
    code: 'VERIFY_LIST_CONTRADICTS',
    category: 'bad-input',
    message: '{file} contradicts itself: in line {line} it has another {what} for {name} than before.',
    hint: 'Download it again from the vendor.',
  },
  linesIgnored: {
    code: 'VERIFY_LIST_LINES_IGNORED',
    category: 'bad-input',
    message: '{file} has {count} lines that are not used, the first of them line {line}.',
    hint: 'They are of another algorithm, name a file outside of its folder, or are no checksums at all.',
  },
  noneListed: {
    code: 'VERIFY_NONE_PRESENT',
    category: 'not-found',
    message: 'None of the files of {list} is beside it.',
    hint: 'Name the files to verify, or put the list into their folder.',
  },
  notListed: {
    code: 'VERIFY_NOT_LISTED',
    category: 'not-found',
    message: '{list} has no checksum for {file}.',
    hint: 'Check that the list is for this release and that the file still has its original name.',
  },
} as const;
