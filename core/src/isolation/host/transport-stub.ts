import { z } from 'zod';

import { DOWNLOAD_ERRORS } from '../../download/download-errors.ts';
import { ENGINE_ERRORS } from '../../engine/engine-errors.ts';
import { failure } from '../../engine/errors.ts';
import type { RangeRequest, RangeResponse, Transport } from '../../engine/hooks.ts';
import { describeIssues } from '../../engine/issues.ts';
import type { Deadlines } from '../../engine/tap.ts';
import { mirrorName } from '../../mirror/mirror-name.ts';
import { HASH_ALGORITHMS } from '../../verify/digests.ts';
import type { SentPart } from '../wire/messages.ts';
import { Deadline } from './deadline.ts';
import { at, type Callable } from './callable.ts';
import type { PluginProcess } from './plugin-process.ts';

const offset = z.int().min(0);
const header = z.string().max(4000);

/** What a transport says of an answer; core looks at it more closely (download/transfer/request.ts). */
const responseSchema = z.object({
  start: offset,
  end: offset.optional(),
  total: offset.optional(),
  validators: z.object({
    etag: header.optional(),
    lastModified: header.optional(),
    dateIsStrong: z.boolean().optional(),
  }),
  address: header,
  mediaType: header.optional(),
  fileName: header.optional(),
  digests: z.partialRecord(z.enum(HASH_ALGORITHMS), z.string().max(200)),
  connectMs: z.number().min(0).optional(),
});

/** Of one message. */
const batchSchema = z.array(z.instanceof(Uint8Array)).max(100_000);

interface OpenBody {
  readonly id: number;
  readonly signal: AbortSignal;
  close(): void;
}

/** Bodies come batch by batch, each when it is asked for; one is on its way while the one before is read. */
export function transportStub(
  plugin: Callable,
  part: SentPart,
  schemes: readonly string[],
  deadlines: Deadlines,
): Transport {
  const target = at('transports', part);
  const invalid = (problem: string): Error => {
    const values = { plugin: plugin.manifest.id, hook: target.place, problem };
    return failure(ENGINE_ERRORS.badOutput, values, { pluginId: plugin.manifest.id });
  };
  let bodies = 0;

  async function* bodyOf(process: PluginProcess, { id, signal, close }: OpenBody): RangeResponse['body'] {
    const next = async (): Promise<unknown> => process.call({ ...target, method: 'next', value: id, signal });
    try {
      let coming = next();
      for (;;) {
        const batch = await coming;
        if (batch === undefined) return;
        const parsed = batchSchema.safeParse(batch);
        if (!parsed.success) throw invalid(describeIssues(parsed.error));
        coming = next();
        coming.catch(() => undefined);
        yield parsed.data;
      }
    } finally {
      close();
    }
  }

  /** It is told when nobody reads on, and kept until then. */
  const openBody = (process: PluginProcess, id: number, signal: AbortSignal): OpenBody => {
    let release = (): void => undefined;
    const closed = new Promise<void>((resolve) => {
      release = resolve;
    });
    plugin.hold(() => closed).catch(() => undefined);
    let isOpen = true;
    const given = new AbortController();
    const close = (): void => {
      signal.removeEventListener('abort', close);
      if (!isOpen) return;
      isOpen = false;
      release();
      // A batch may be on its way that nobody waits for any more.
      given.abort(signal.aborted ? signal.reason : new Error('nobody reads this body any more'));
      const closing = { ...target, method: 'close' as const, value: id, isAside: true };
      process.call({ ...closing, signal: AbortSignal.timeout(deadlines.transport) }).catch(() => undefined);
    };
    signal.addEventListener('abort', close);
    return { id, signal: AbortSignal.any([signal, given.signal]), close };
  };

  const open = async (process: PluginProcess, request: RangeRequest): Promise<RangeResponse> => {
    const { url, start, end, ifRange, buffer, mayFollow, signal } = request;
    const id = ++bodies;
    const value = { id, url, start, end, ifRange, buffer };
    const hook = target.place;
    // The guard of the call gives the plugin the caller's own signal, which knows no deadline.
    const deadline = new Deadline(deadlines.transport, { plugin: plugin.manifest.id, hook });
    try {
      const either = AbortSignal.any([signal, deadline.signal]);
      const answer = await process.call({ ...target, method: 'open', value, signal: either });
      const parsed = responseSchema.safeParse(answer);
      if (!parsed.success) throw invalid(describeIssues(parsed.error));
      const body = openBody(process, id, signal);
      const { address } = parsed.data;
      if (address !== url && mayFollow?.(address) === false) {
        body.close();
        const values = { mirror: mirrorName(url), problem: `it leads to ${mirrorName(address)}` };
        throw failure(DOWNLOAD_ERRORS.redirect, values, { pluginId: plugin.manifest.id });
      }
      const { end: last, total, mediaType, fileName } = parsed.data;
      return { ...parsed.data, end: last, total, mediaType, fileName, body: bodyOf(process, body) };
    } finally {
      deadline.clear();
    }
  };

  return {
    name: part.name,
    schemes,
    prepare: async () => {
      const signal = AbortSignal.timeout(deadlines.load);
      await plugin.call({ ...target, method: 'prepare', signal });
    },
    open: (request) => plugin.hold((process) => open(process, request)),
  };
}
