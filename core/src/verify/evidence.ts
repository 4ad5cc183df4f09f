import { failure } from '../engine/errors.ts';
import { VERIFY_ERRORS } from './verify-errors.ts';

/** How well an image's checksum is vouched for, weakest first. */
export const EVIDENCE_LEVELS = ['none', 'tls', 'registry', 'signed'] as const;

/**
 * - `signed`: the vendor's signature over the checksum list was checked
 * - `registry`: vouched for by the signed registry
 * - `tls`: the vendor's unsigned list, fetched over HTTPS
 * - `none`: somebody says so
 */
export type EvidenceLevel = (typeof EVIDENCE_LEVELS)[number];

export function isWeakerThan(level: EvidenceLevel, minimum: EvidenceLevel): boolean {
  return EVIDENCE_LEVELS.indexOf(level) < EVIDENCE_LEVELS.indexOf(minimum);
}

/** @throws LoopstickError EVIDENCE_TOO_WEAK */
export function requireEvidence(image: string, level: EvidenceLevel, minimum: EvidenceLevel): void {
  if (isWeakerThan(level, minimum)) throw failure(VERIFY_ERRORS.evidenceTooWeak, { image, level, minimum });
}
