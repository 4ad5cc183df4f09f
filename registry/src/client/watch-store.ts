import type { Updater } from 'tuf-js';
import type { TrustedMetadataStore } from 'tuf-js/dist/store.js';

import type { Role } from '../tuf/roles.ts';

/** What became of a file that tuf-js looked at. */
export interface Verdicts {
  accepted(role: Role, bytes: Buffer): void;
  refused(role: Role, bytes: Buffer, error: unknown): void;
}

const CHECKS = {
  updateRoot: 'root',
  updateTimestamp: 'timestamp',
  updateSnapshot: 'snapshot',
  updateDelegatedTargets: 'targets',
} as const;

type Check = (bytes: Buffer, ...more: unknown[]) => unknown;

/**
 * Gives tuf-js 5.0.1 the time, which it takes from the system otherwise, and listens to what it finds: its updater
 * turns the errors of snapshot and targets into text, and by a text no attack can be told from another.
 * @throws TypeError when tuf-js is built in another way: better no registry than one whose expiry is not checked
 */
export function watchStore(updater: Updater, now: Date, verdicts: Verdicts): TrustedMetadataStore {
  const store = (updater as unknown as { readonly trustedSet?: TrustedMetadataStore }).trustedSet;
  if (!((store?.['referenceTime'] as unknown) instanceof Date) || store === undefined) {
    throw new TypeError('this release of tuf-js keeps its time elsewhere');
  }
  Object.assign(store, { referenceTime: now });
  const checks = store as unknown as Record<keyof typeof CHECKS, Check>;
  for (const [name, role] of Object.entries(CHECKS) as [keyof typeof CHECKS, Role][]) {
    const check = checks[name].bind(store);
    checks[name] = (bytes, ...more) => {
      let answer: unknown;
      try {
        answer = check(bytes, ...more);
      } catch (error) {
        verdicts.refused(role, bytes, error);
        throw error;
      }
      verdicts.accepted(role, bytes);
      return answer;
    };
  }
  return store;
}
