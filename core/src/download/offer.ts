import { stat } from 'node:fs/promises';

import type { Engine } from '../engine/engine.ts';
import { failure } from '../engine/errors.ts';
import type { Offer, OfferRequest } from '../engine/hooks.ts';
import { mayFollow } from '../mirror/may-follow.ts';
import { DOWNLOAD_ERRORS } from './download-errors.ts';
import { RateLimiter } from './transfer/rate-limit.ts';

/** What is offered, and how. */
export interface OfferOptions extends Omit<OfferRequest, 'limiter' | 'mayFollow' | 'onProgress'> {
  /** By whose transport, where there is no address that says it. */
  readonly scheme: string;
  /** Bytes a second; as fast as it goes when missing. */
  readonly rate?: number | undefined;
}

/**
 * Gives a file to others until the offer is closed. Nothing of it is given before all of it was looked through.
 *
 * Emits `progress` (step `hash`) meanwhile.
 *
 * @throws LoopstickError DOWNLOAD_NO_OFFER, PLUGIN_NOT_FOUND; what the transport throws; the system's own
 *   errors; the signal's reason
 */
export async function offerFile(engine: Engine, options: OfferOptions): Promise<Offer> {
  const { scheme, rate, ...request } = options;
  const transport = await engine.transport(request.address ?? scheme);
  if (transport.offer === undefined) throw failure(DOWNLOAD_ERRORS.noOffer, { scheme });
  // That it is not there, the system says best.
  await stat(request.file);
  const { clock } = engine.context;
  const label = request.name ?? request.file;
  return await transport.offer({
    ...request,
    limiter: new RateLimiter({ clock, rate }),
    mayFollow: mayFollow(engine),
    onProgress: (done, total) => {
      engine.events.emit('progress', { step: 'hash', label, done, total });
    },
  });
}
