import { judge, type Ask, type Verdict } from './identity.ts';
import type { Lease } from './lease.ts';
import type { Origin } from './origin.ts';
import { openRange, type OpenRequest } from './request.ts';
import type { TransferState } from './state.ts';

/**
 * Asks an origin for what is left of a lease, and judges its answer. One that is of use has taught the origin what it
 * says, and has not been read; any other one has been let go of.
 * @throws LoopstickError of the mirror; the signal's reason
 */
export async function askForLease(
  state: TransferState,
  origin: Origin,
  lease: Lease,
  signal: AbortSignal,
): Promise<{ readonly verdict: Verdict; readonly request: OpenRequest }> {
  const { map, job, level } = state;
  const ask = askOf(origin, lease);
  const request = await openRange(state, origin, ask, signal);
  origin.connectMs ??= request.response.connectMs;
  let isOfUse = false;
  try {
    const verdict = judge(origin, job, map.size, ask, request.response, level);
    isOfUse = verdict === 'use';
    if (isOfUse) {
      if (ask.ifRange !== undefined) origin.proven = true;
      origin.learn(request.response);
      if (level !== 'digest') origin.pin(request.response.address);
    }
    return { verdict, request };
  } finally {
    if (!isOfUse) await request.end();
  }
}

function askOf(origin: Origin, lease: Lease): Ask {
  if (origin.streamOnly) return { start: 0, end: undefined, ifRange: undefined };
  return { start: lease.at, end: lease.end, ifRange: origin.ifRange };
}

/** Whole files all begin with the same bytes: what one stream brings, another one does not have to. */
export function isSecondStream({ origins, level }: TransferState, origin: Origin): boolean {
  if (!origin.streamOnly || level !== 'digest') return false;
  const others = origins.filter((one) => one !== origin && one.out === undefined);
  return others.some(({ streamOnly, connections }) => streamOnly && connections > 0);
}
