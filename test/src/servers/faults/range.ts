import { open } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import type { AnswerPlan, Behaviour, Body, FaultTable, NoOptions, Source } from '../exchange.ts';

/** What goes wrong with ranges. Except where said, answers with status 200 are left alone. */
export interface RangeFaults {
  /** Always sends the whole file with status 200. */
  readonly 'ignore-range': NoOptions;
  /** Answers a range with a Content-Range that is shifted, and the bytes that belong there. */
  readonly 'lying-range': { readonly shift: number };
  /** Answers a range with the right Content-Range, and with bytes that stand so far before. */
  readonly 'shifted-body': { readonly shift: number };
  /** Answers a range with the right Content-Range, and with the first bytes of the file. */
  readonly 'body-from-zero': NoOptions;
  /** Leaves out Content-Range. */
  readonly 'no-content-range': NoOptions;
  /** Says `*` for the size in Content-Range; Content-Length is there. */
  readonly 'unknown-total': NoOptions;
  /** Says another size in Content-Range. */
  readonly 'range-total-off': { readonly by: number };
  /** Sends at most so many bytes for a range, and says so: that is allowed. */
  readonly 'short-range': { readonly most: number };
  /** Sends so many bytes more than were asked for, and says so. */
  readonly 'long-range': { readonly by: number };
  /** Answers every range with 416. */
  readonly unsatisfiable: NoOptions;
  /** Answers a range as `multipart/byteranges`. */
  readonly multipart: NoOptions;
  /** Compresses the body, of whole files as well, though the client did not ask for it. */
  readonly encoded: NoOptions;
}

export const RANGE_FAULTS: FaultTable<RangeFaults> = {
  'ignore-range': () => ({ ask: () => ({ range: undefined, ifRange: undefined }) }),
  'lying-range': ({ shift }) =>
    onRange((plan, { size }, { start, end }) => interval(plan, Math.max(0, start - shift), end, size)),
  'shifted-body': ({ shift }) => moved(({ start }) => Math.max(0, start - shift)),
  'body-from-zero': () => moved(() => 0),
  'no-content-range': () =>
    onRange(({ headers: { 'content-range': _, ...headers }, ...rest }) => ({ ...rest, headers })),
  'unknown-total': () =>
    onRange((plan, _, { start, end }) => withHeaders(plan, { 'content-range': `bytes ${start}-${end - 1}/*` })),
  'range-total-off': ({ by }) =>
    onRange((plan, { size }, { start, end }) =>
      withHeaders(plan, { 'content-range': `bytes ${start}-${end - 1}/${size + by}` }),
    ),
  'short-range': ({ most }) =>
    onRange((plan, { size }, { start, end }) => interval(plan, start, Math.min(end, start + most), size)),
  'long-range': ({ by }) =>
    onRange((plan, { size }, { start, end }) => interval(plan, start, Math.min(size, end + by), size)),
  unsatisfiable: () =>
    onRange((_, { size }) => ({ status: 416, headers: { 'content-range': `bytes */${size}`, 'content-length': 0 } })),
  multipart: () => onRange((plan, { size }, body) => inParts(plan, size, body)),
  encoded: () => ({ plan: (plan) => (plan.body === undefined ? plan : compressed(plan, plan.body)) }),
};

function onRange(
  change: (plan: AnswerPlan, source: Source, body: Body) => Promise<AnswerPlan> | AnswerPlan,
): Behaviour {
  return { plan: (plan, source) => (plan.status === 206 && plan.body ? change(plan, source, plan.body) : plan) };
}

function withHeaders(plan: AnswerPlan, headers: AnswerPlan['headers']): AnswerPlan {
  return { ...plan, headers: { ...plan.headers, ...headers } };
}

function interval(plan: AnswerPlan, start: number, end: number, size: number): AnswerPlan {
  const headers = { 'content-range': `bytes ${start}-${end - 1}/${size}`, 'content-length': end - start };
  return withHeaders({ ...plan, ...(plan.body && { body: { ...plan.body, start, end } }) }, headers);
}

function moved(from: (body: Body) => number): Behaviour {
  return onRange((plan, _, body) => {
    const start = from(body);
    return { ...plan, body: { ...body, start, end: start + body.end - body.start } };
  });
}

async function inParts(plan: AnswerPlan, size: number, body: Body): Promise<AnswerPlan> {
  const head = `--part\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${body.start}-${body.end - 1}/${size}\r\n\r\n`;
  const bytes = Buffer.concat([Buffer.from(head), await bytesOf(body), Buffer.from('\r\n--part--\r\n')]);
  const headers = { 'content-type': 'multipart/byteranges; boundary=part', 'content-length': bytes.length };
  return replaced(withHeaders(plan, headers), body, bytes);
}

async function compressed(plan: AnswerPlan, body: Body): Promise<AnswerPlan> {
  const bytes = gzipSync(await bytesOf(body), { level: 1 });
  return replaced(withHeaders(plan, { 'content-encoding': 'gzip', 'content-length': bytes.length }), body, bytes);
}

function replaced(plan: AnswerPlan, body: Body, bytes: Buffer): AnswerPlan {
  return { ...plan, body: { ...body, bytes, start: 0, end: bytes.length } };
}

async function bytesOf({ file, start, end }: Body): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.alloc(end - start);
    await handle.read(bytes, 0, bytes.length, start);
    return bytes;
  } finally {
    await handle.close();
  }
}
