import { open, type FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { faultOf, type Fault } from './fault.ts';

export interface BodyOptions {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly fault: Fault | undefined;
  /** Bytes a second. */
  readonly rate: number | undefined;
  readonly response: ServerResponse;
  readonly onSent: (bytes: number) => void;
  readonly stop: AbortSignal;
}

const BLOCK = 64 * 1024;
const TICKS_PER_SECOND = 20;

/** Sends a range of a file at the given rate, and does to it what the fault demands. */
export async function sendBody(options: BodyOptions): Promise<void> {
  const { file, start, end, fault, rate, response, onSent, stop } = options;
  const limit = cutAfter(fault);
  const step = rate === undefined ? BLOCK : Math.max(1, Math.min(BLOCK, Math.ceil(rate / TICKS_PER_SECOND)));
  const begun = performance.now();
  const handle = await open(file, 'r');
  try {
    for (let at = start; at < end && at - start < limit;) {
      const bytes = await block(handle, at, Math.min(step, end - at, limit - (at - start)), fault);
      if (response.destroyed) return;
      if (!response.write(bytes)) await untilDrained(response);
      at += bytes.length;
      onSent(bytes.length);
      if (rate !== undefined) await keepPace(begun, at - start, rate, stop);
    }
  } finally {
    await handle.close();
  }
  if (end - start <= limit) response.end();
  else await finishEarly(response, fault);
}

function cutAfter(fault: Fault | undefined): number {
  const cut = faultOf(fault, 'drop') ?? faultOf(fault, 'short-body') ?? faultOf(fault, 'stall');
  return cut?.after ?? Infinity;
}

async function finishEarly(response: ServerResponse, fault: Fault | undefined): Promise<void> {
  if (fault?.kind === 'short-body') response.end();
  if (fault?.kind !== 'drop') return;
  // What was written has to leave the process first, or the client would see less than was logged.
  while ((response.socket?.writableLength ?? 0) > 0) await sleep(5);
  response.destroy();
}

/** Also settles when the client or the server ends the connection. */
function untilDrained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });
}

async function block(handle: FileHandle, at: number, length: number, fault: Fault | undefined): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  await handle.read(bytes, 0, length, at);
  const wrong = (faultOf(fault, 'wrong-bytes')?.at ?? -1) - at;
  if (wrong >= 0 && wrong < length) bytes.writeUInt8(bytes.readUInt8(wrong) ^ 0xff, wrong);
  return bytes;
}

async function keepPace(begun: number, sent: number, rate: number, stop: AbortSignal): Promise<void> {
  const due = begun + (sent / rate) * 1000 - performance.now();
  if (due > 0) await sleep(due, undefined, { signal: stop });
}
