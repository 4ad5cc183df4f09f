import { open, type FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Body } from './exchange.ts';
import type { Gate } from './gate.ts';
import { Pacer } from './pacer.ts';

export interface BodyOptions {
  /** Where it goes: a response, or the connection itself. */
  readonly to: ServerResponse | Socket;
  readonly socket: Socket;
  /** Bytes a second over this connection. */
  readonly rate?: number | undefined;
  /** Bytes a second over all connections of the server, which share the pacer. */
  readonly total?: { readonly rate: number; readonly pacer: Pacer } | undefined;
  /** Which all connections of the server have to pass. */
  readonly gate?: Gate | undefined;
  readonly onSent: (bytes: number) => void;
  readonly stop: AbortSignal;
}

const BLOCK = 64 * 1024;
const TICKS_PER_SECOND = 20;

/** Sends a body at the given rate, and does to it what the plan demands. */
export async function sendBody(body: Body, options: BodyOptions): Promise<void> {
  const { start, end, cut, slow, closes } = body;
  const { to, total, gate, onSent, stop } = options;
  const limit = cut?.after ?? Infinity;
  const pacer = new Pacer();
  const handle = await open(body.file, 'r');
  try {
    for (let at = start; at < end && at - start < limit;) {
      const isSlow = slow !== undefined && at - start >= slow.after;
      const rate = isSlow ? slow.rate : options.rate;
      const turn = slow === undefined || isSlow ? Infinity : slow.after - (at - start);
      const most = Math.min(stepAt(rate), end - at, limit - (at - start), turn);
      const length = gate === undefined ? most : await gate.pass(most, stop);
      const bytes = await block(handle, body, at, length);
      if (to.destroyed) return;
      if (!to.write(bytes)) await untilDrained(to);
      at += bytes.length;
      onSent(bytes.length);
      gate?.sent();
      if (rate !== undefined) await pacer.pass(bytes.length, rate, stop);
      if (total !== undefined) await total.pacer.pass(bytes.length, total.rate, stop);
    }
  } finally {
    await handle.close();
  }
  if (end - start <= limit) await finish(options, closes === true ? 'close' : 'end');
  else await finish(options, cut?.how ?? 'end');
}

function stepAt(rate: number | undefined): number {
  return rate === undefined ? BLOCK : Math.max(1, Math.min(BLOCK, Math.ceil(rate / TICKS_PER_SECOND)));
}

async function finish({ to, socket }: BodyOptions, how: 'end' | 'close' | 'reset' | 'stall'): Promise<void> {
  if (how === 'end') to.end();
  if (how === 'end' || how === 'stall') return;
  // What was written has to leave the process first, or the client would see less than was logged.
  while (!socket.destroyed && socket.writableLength > 0) await sleep(5);
  if (how === 'reset') socket.resetAndDestroy();
  else socket.destroy();
}

/** Also settles when the client or the server ends the connection. */
function untilDrained(to: ServerResponse | Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      to.off('drain', done).off('close', done);
      resolve();
    };
    to.on('drain', done).on('close', done);
    if (to.destroyed) done();
  });
}

async function block(handle: FileHandle, body: Body, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  if (body.bytes === undefined) await handle.read(bytes, 0, length, at);
  else body.bytes.copy(bytes, 0, at, at + length);
  const wrong = (body.inverted ?? -1) - at;
  if (wrong >= 0 && wrong < length) bytes.writeUInt8(bytes.readUInt8(wrong) ^ 0xff, wrong);
  return bytes;
}
