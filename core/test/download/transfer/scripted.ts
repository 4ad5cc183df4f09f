import { once } from 'node:events';

import { failure } from '../../../src/engine/errors.ts';
import type { RangeResponse, Validators } from '../../../src/engine/hooks.ts';
import { DOWNLOAD_ERRORS } from '../../../src/download/download-errors.ts';
import type { Digests } from '../../../src/verify/digests.ts';
import type { Room } from '../support.ts';

const BATCH = 64 * 1024;

/** One request as the transport saw it; `taken` grows with what was read of the answer. */
export interface Asked {
  readonly url: string;
  readonly start: number;
  readonly end: number | undefined;
  readonly ifRange: string | undefined;
  taken: number;
}

/** How a request is answered. */
export interface Said extends Validators {
  /** The whole file, as it is now. Default: the room's. */
  readonly bytes?: Buffer;
  /** Send all of it, whatever was asked for. */
  readonly isWhole?: boolean;
  /** The connection breaks off after so many bytes. */
  readonly cut?: number;
  readonly total?: number;
  readonly digests?: Digests;
  readonly mediaType?: string;
  /** Where redirects led to. */
  readonly address?: string;
  /** No answer, until the request is given up. */
  readonly isSilent?: boolean;
  /** No body: a 416 that says how long the file is. */
  readonly unsatisfiable?: number;
}

/** A mirror whose answers a test writes: its address, and what it was asked. */
export interface Scripted {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** Makes a mirror of a scheme of its own. */
export function scripted(room: Room, scheme: string, answer: (asked: Asked, index: number) => Said): Scripted {
  const asked: Asked[] = [];
  room.engine.own.transport({
    name: scheme,
    schemes: [scheme],
    async open({ url, start, end, ifRange, signal }) {
      const request: Asked = { url, start, end, ifRange, taken: 0 };
      asked.push(request);
      const said = answer(request, asked.length - 1);
      const { bytes = room.content, isWhole = false, unsatisfiable } = said;
      if (said.isSilent === true) await once(signal, 'abort');
      signal.throwIfAborted();
      if (unsatisfiable !== undefined) {
        const cause = { status: 416, total: unsatisfiable };
        throw failure(DOWNLOAD_ERRORS.rangeUnsatisfiable, { mirror: url, start }, { cause });
      }
      const first = isWhole ? 0 : start;
      const last = isWhole ? bytes.length : Math.min(bytes.length, end ?? bytes.length);
      const { etag, lastModified, dateIsStrong } = said;
      const response: RangeResponse = {
        start: first,
        end: last,
        total: said.total ?? bytes.length,
        validators: { etag, lastModified, dateIsStrong },
        address: said.address ?? url,
        mediaType: said.mediaType,
        fileName: undefined,
        digests: said.digests ?? {},
        body: body(bytes.subarray(first, last), said.cut ?? Infinity, request),
      };
      return response;
    },
  });
  return { url: `${scheme}://mirror.example`, asked };
}

async function* body(bytes: Buffer, cut: number, request: Asked): AsyncGenerator<readonly Uint8Array[]> {
  for (let at = 0; at < bytes.length; at += BATCH) {
    if (at >= cut) throw failure(DOWNLOAD_ERRORS.connection, { mirror: 'a script', problem: 'it broke off' });
    // Others have to get their turn, as with a network.
    await new Promise((resolve) => setImmediate(resolve));
    const batch = bytes.subarray(at, Math.min(at + BATCH, cut));
    request.taken += batch.length;
    yield [batch];
  }
}
