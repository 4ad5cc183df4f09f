import { failure, messageOf } from '../engine/errors.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';

/** More than a document of the largest size has when it is one; each takes memory while it is read. */
const MOST_PARTS = 8_000_000;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/**
 * The JSON text of a document as it came, in UTF-8. `source` is what messages call it; they name the line.
 * @throws LoopstickError CATALOG_MALFORMED
 */
export function documentJson(bytes: Uint8Array, source: string): unknown {
  const malformed = (problem: string, cause?: unknown): Error =>
    failure(CATALOG_ERRORS.malformed, { source, problem }, { cause });
  if (countParts(bytes) > MOST_PARTS) throw malformed(`document: has more than ${MOST_PARTS} values`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformed(`${wrongByte(bytes)}: is no UTF-8`, cause);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const at = wrongLetter(text, messageOf(cause));
    throw malformed(`${at === undefined ? 'document' : placeIn(text, at)}: ${messageOf(cause)}`, cause);
  }
}

/** At least as many as the text has values in objects and lists: what stands in strings is counted as well. */
function countParts(bytes: Uint8Array): number {
  let count = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- its iterator takes ten times as long, until it is compiled
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === COMMA || byte === BRACKET || byte === BRACE) count++;
  }
  return count;
}

function wrongByte(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  return placeIn(text, Math.max(0, text.indexOf('\ufffd')));
}

/** Where JSON.parse stopped. It says so for some mistakes only; the others are in the shortest beginning that has them. */
function wrongLetter(text: string, message: string): number | undefined {
  const said = /at position (\d+)/.exec(message)?.[1];
  if (said !== undefined) return Number(said);
  if (!isWrong(text)) return text.length;
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = good + Math.floor((bad - good) / 2);
    if (isWrong(text.slice(0, middle))) bad = middle;
    else good = middle;
  }
  return good;
}

/** Tells a text that goes wrong from one that only ends too early. */
function isWrong(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return messageOf(error).startsWith('Unexpected token');
  }
}

function placeIn(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
}
