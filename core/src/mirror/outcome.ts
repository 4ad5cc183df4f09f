import { DOWNLOAD_ERRORS } from '../download/download-errors.ts';
import { factsOf, IDENTITY_CODES } from '../download/transfer/failures.ts';
import type { LoopstickError } from '../engine/errors.ts';
import type { MirrorOutcome } from '../engine/hooks.ts';

const OUTCOMES: Readonly<Record<string, MirrorOutcome>> = {
  [DOWNLOAD_ERRORS.sizeMismatch.code]: 'stale',
  [DOWNLOAD_ERRORS.checksum.code]: 'corrupt',
  [DOWNLOAD_ERRORS.pieceChecksum.code]: 'corrupt',
  [DOWNLOAD_ERRORS.stalled.code]: 'timeout',
  [DOWNLOAD_ERRORS.tooSlow.code]: 'timeout',
  [DOWNLOAD_ERRORS.connection.code]: 'reset',
  [DOWNLOAD_ERRORS.name.code]: 'reset',
  [DOWNLOAD_ERRORS.tls.code]: 'reset',
  [DOWNLOAD_ERRORS.shortBody.code]: 'reset',
};

/** How a use of a mirror ended, by the error with which it did. */
export function outcomeOf(error: LoopstickError): MirrorOutcome {
  if (IDENTITY_CODES.has(error.code)) return 'stale';
  if (factsOf(error).status !== undefined) return 'http-error';
  return OUTCOMES[error.code] ?? 'http-error';
}
