import { failure } from '../../engine/errors.ts';
import { readClearText } from '../clear-text.ts';
import { dearmour } from './armour.ts';
import { checkSignatures, type CheckedSignature, type SignatureRequest } from './check-signatures.ts';
import { SIGNATURE_ERRORS } from './signature-errors.ts';
import { isBinary, latin1 } from './trusted-key.ts';

/** Bytes of the longest signed text that is checked: a vendor's longest list has a tenth of it. */
const TEXT_LIMIT = 4 * 1024 * 1024;
/** Lines of it: a million short ones would cost a gigabyte of memory. */
const LINE_LIMIT = 100_000;
/** Bytes of the longest signature, or signatures: one has about a thousand. */
const SIGNATURE_LIMIT = 64 * 1024;

/**
 * Checks the detached OpenPGP signature of a file, armoured or binary: RFC 9580, sections 5.2 and 10.4.
 * @throws LoopstickError SIGNATURE_…
 */
export async function verifyDetached(
  data: Uint8Array,
  signature: Uint8Array,
  request: SignatureRequest,
): Promise<CheckedSignature> {
  if (data.length > TEXT_LIMIT) throw malformed(`the list is longer than ${TEXT_LIMIT} bytes`);
  if (signature.length > SIGNATURE_LIMIT) throw malformed(`the signature is longer than ${SIGNATURE_LIMIT} bytes`);
  const packets = isBinary(signature) ? signature : dearmour(latin1(signature), 'SIGNATURE');
  if (packets === undefined) throw malformed('the signature is not one of OpenPGP, or not all of one');
  return checkSignatures(packets, { bytes: data, kinds: ['binary', 'text'] }, request);
}

/**
 * Checks a text in the cleartext signature framework of OpenPGP: RFC 9580, section 7.
 * @returns the text between the markers, as it was signed: without dash escapes, without white space at the ends of
 *   its lines, which end in a line feed each but for the last. Nothing that was not signed is in it.
 * @throws LoopstickError SIGNATURE_…
 */
export async function verifyClearsigned(
  message: Uint8Array,
  request: SignatureRequest,
): Promise<CheckedSignature & { readonly text: string }> {
  if (message.length > TEXT_LIMIT) throw malformed(`the list is longer than ${TEXT_LIMIT} bytes`);
  // As bytes, since what was signed is bytes.
  const written = latin1(message);
  if (written.split('\n', LINE_LIMIT + 1).length > LINE_LIMIT) {
    throw malformed(`the list has more than ${LINE_LIMIT} lines`);
  }
  const read = readClearText(written);
  if (read.form === 'plain') throw malformed('the text is not signed');
  if (read.form === 'broken') throw malformed('the signed text has no clear beginning or end');
  if (read.form === 'several' || read.around) throw failure(SIGNATURE_ERRORS.textAround, {});
  if (read.armour.length > SIGNATURE_LIMIT) throw malformed(`the signature is longer than ${SIGNATURE_LIMIT} bytes`);
  const packets = dearmour(read.armour, 'SIGNATURE');
  if (packets === undefined) throw malformed('the signature is not one of OpenPGP, or not all of one');
  // With line feeds: the library makes them the carriage returns and line feeds that are signed.
  const bytes = Buffer.from(read.lines.map((line) => line.text).join('\n'), 'latin1');
  const checked = await checkSignatures(packets, { bytes, kinds: ['text'] }, request);
  return { ...checked, text: bytes.toString('utf8') };
}

function malformed(problem: string): Error {
  return failure(SIGNATURE_ERRORS.malformed, { problem });
}
