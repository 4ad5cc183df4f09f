import { stat } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { basename } from 'node:path';

import type { AnswerPlan, Asked, Source } from './exchange.ts';

export const NOT_FOUND: AnswerPlan = { status: 404, headers: { 'content-length': 0 } };

/** The file with its size, a strong ETag and its date; undefined when it is no regular file. */
export async function sourceOf(file: string): Promise<Source | undefined> {
  const info = await stat(file).catch(() => undefined);
  if (info?.isFile() !== true) return undefined;
  const etag = `"${[info.ino, info.size, info.mtimeMs].map((part) => part.toString(16)).join('-')}"`;
  return { file, size: info.size, etag, lastModified: info.mtime.toUTCString() };
}

/** What a correct server answers: status, headers and which bytes (RFC 9110, section 14). */
export function planAnswer(source: Source, { range, ifRange }: Asked): AnswerPlan {
  const { file, size } = source;
  const asked = fits(ifRange, source) ? parseRange(range, size) : undefined;
  if (asked === undefined) return plan(source, 200, { 'content-length': size }, 0, size);
  const { start, end } = asked;
  if (start >= end) return { status: 416, headers: { 'content-range': `bytes */${size}`, 'content-length': 0 } };
  const headers = { 'content-range': `bytes ${start}-${end - 1}/${size}`, 'content-length': end - start };
  return plan({ ...source, file }, 206, headers, start, end);
}

function plan(
  { file, etag, lastModified }: Source,
  status: number,
  headers: OutgoingHttpHeaders,
  start: number,
  end: number,
): AnswerPlan {
  const validators = {
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { 'last-modified': lastModified }),
  };
  const type = /\.html?$/.test(basename(file)) ? 'text/html' : 'application/octet-stream';
  return {
    status,
    headers: { 'content-type': type, 'accept-ranges': 'bytes', ...validators, ...headers },
    body: { file, start, end },
  };
}

/** RFC 9110, 13.1.5: strong tags only, and dates only when exactly the same. */
function fits(ifRange: string | undefined, { etag, lastModified }: Source): boolean {
  if (ifRange === undefined) return true;
  return ifRange.includes('"') ? ifRange === etag && !ifRange.startsWith('W/') : ifRange === lastModified;
}

/** Undefined when there is no range, or one that a server may ignore; empty when nothing of it is there. */
function parseRange(
  range: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range ?? '') ?? [];
  if (first === '') return last === '' ? undefined : { start: Math.max(0, size - Number(last)), end: size };
  const end = last === '' ? size : Math.min(size, Number(last) + 1);
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return { start: Number(first), end };
}
