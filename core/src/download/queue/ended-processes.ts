import { failure } from '../../engine/errors.ts';
import { lookForProcess, processIdentitySchema, type ProcessIdentity } from '../../engine/process-identity.ts';
import { reasonFrom, type Reason } from './job-record.ts';
import { QUEUE_ERRORS } from './queue-errors.ts';
import type { Store } from './store.ts';

/** A process on another machine that has said nothing for so long has ended. */
const SILENCE_MS = 120_000;

/** The processes that have downloads and do not run any more. */
export async function findEnded(store: Store, now: Date): Promise<number[]> {
  const ended: number[] = [];
  for (const { id, identity, seenAt } of store.processes()) {
    const known = parse(identity);
    const found = known === undefined ? 'ended' : await lookForProcess(known);
    const isSilent = now.getTime() - seenAt >= SILENCE_MS;
    if (found === 'ended' || (found === 'elsewhere' && isSilent)) ended.push(id);
  }
  return ended;
}

/** Why a download is paused whose process ended without saying so. */
export function endedReason(id: string): Reason {
  return reasonFrom(failure(QUEUE_ERRORS.ended, { id }));
}

function parse(text: string): ProcessIdentity | undefined {
  try {
    return processIdentitySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
