import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';

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
export const SIGNATURE_LIMIT: number = 64 * 1024;

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
  return checkSignatures(packetsOf(signature), { content: data, kinds: ['binary', 'text'] }, request);
}

/**
 * Checks a detached signature of a file of any size, such as an image; before the file is there, all but whether it is
 * the file that was signed.
 * @throws LoopstickError SIGNATURE_…; the system's own errors; the signal's reason
 */
export async function verifyDetachedFile(
  file: string | undefined,
  signature: Uint8Array,
  request: SignatureRequest & { readonly signal: AbortSignal; readonly onBytes?: (count: number) => void },
): Promise<CheckedSignature> {
  const { signal, onBytes } = request;
  let problem: unknown;
  const read = async function* (path: string): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of createReadStream(path, { signal, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
        onBytes?.(chunk.length);
        yield chunk;
      }
    } catch (error) {
      // To the library it is the same as a wrong signature.
      problem = error;
      throw error;
    }
  };
  // Its own kind of stream: that of the types is the browser's.
  const open = (path: string): ReadableStream<Uint8Array> =>
    Readable.toWeb(Readable.from(read(path), { objectMode: false })) as ReadableStream<Uint8Array>;
  const content = file === undefined ? undefined : () => open(file);
  try {
    return await checkSignatures(packetsOf(signature), { content, kinds: ['binary'] }, request);
  } catch (error) {
    signal.throwIfAborted();
    throw problem ?? error;
  }
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
  const checked = await checkSignatures(packets, { content: bytes, kinds: ['text'] }, request);
  return { ...checked, text: bytes.toString('utf8') };
}

/** @throws LoopstickError SIGNATURE_MALFORMED */
function packetsOf(signature: Uint8Array): Uint8Array {
  if (signature.length > SIGNATURE_LIMIT) throw malformed(`the signature is longer than ${SIGNATURE_LIMIT} bytes`);
  const packets = isBinary(signature) ? signature : dearmour(latin1(signature), 'SIGNATURE');
  if (packets === undefined) throw malformed('the signature is not one of OpenPGP, or not all of one');
  return packets;
}

function malformed(problem: string): Error {
  return failure(SIGNATURE_ERRORS.malformed, { problem });
}
