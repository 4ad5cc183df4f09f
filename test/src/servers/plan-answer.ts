import { stat } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';

import { faultOf, type Fault } from './fault.ts';

export interface AnswerPlan {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** Bytes `[start, end)` of this file; zeros stand for what is beyond its end. */
  readonly body?: { readonly file: string; readonly start: number; readonly end: number };
}

interface Asked {
  readonly folder: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly fault: Fault | undefined;
}

/** What to answer: status, headers and which bytes, as a correct server would or as the fault demands. */
export async function planAnswer({ folder, path, range, fault }: Asked): Promise<AnswerPlan> {
  const failing = faultOf(fault, 'status');
  if (failing !== undefined) return { status: failing.status, headers: { 'content-length': 0 } };
  const location = faultOf(fault, 'redirect-loop') === undefined ? faultOf(fault, 'redirect')?.to : path;
  if (location !== undefined) return { status: 302, headers: { location, 'content-length': 0 } };

  const name = /^\/([A-Za-z0-9][A-Za-z0-9._+-]*)$/.exec(path.split('?')[0] ?? '')?.[1];
  const file = join(folder, name ?? '.');
  const info = await stat(file).catch(() => undefined);
  if (name === undefined || info?.isFile() !== true) return { status: 404, headers: { 'content-length': 0 } };

  const total = info.size + (faultOf(fault, 'wrong-total')?.by ?? 0);
  const start = /^bytes=(\d{1,15})-$/.exec(range ?? '')?.[1];
  const etag = `"${info.size}-${info.mtimeMs}"`;
  if (start === undefined || fault?.kind === 'ignore-range') return whole(file, total, etag, fault);
  if (Number(start) >= total || fault?.kind === 'unsatisfiable') {
    return { status: 416, headers: { 'content-range': `bytes */${total}`, 'content-length': 0 } };
  }
  return part(file, Number(start), total, etag, fault);
}

function whole(file: string, total: number, etag: string, fault: Fault | undefined): AnswerPlan {
  return {
    status: 200,
    headers: { etag, 'accept-ranges': 'bytes', ...length(total, fault), ...coding(fault) },
    body: { file, start: 0, end: total },
  };
}

function part(file: string, asked: number, total: number, etag: string, fault: Fault | undefined): AnswerPlan {
  const start = Math.max(0, asked - (faultOf(fault, 'lying-range')?.shift ?? 0));
  const size = fault?.kind === 'no-length' ? '*' : total;
  const type = fault?.kind === 'multipart' ? { 'content-type': 'multipart/byteranges; boundary=part' } : {};
  return {
    status: 206,
    headers: {
      etag,
      'content-range': `bytes ${start}-${total - 1}/${size}`,
      ...length(total - start, fault),
      ...coding(fault),
      ...type,
    },
    body: { file, start, end: total },
  };
}

/** A body that is to end early without breaking the connection must not have its length announced. */
function length(bytes: number, fault: Fault | undefined): OutgoingHttpHeaders {
  return fault?.kind === 'short-body' || fault?.kind === 'no-length' ? {} : { 'content-length': bytes };
}

function coding(fault: Fault | undefined): OutgoingHttpHeaders {
  return fault?.kind === 'encoded' ? { 'content-encoding': 'gzip' } : {};
}
