import { failure } from '../engine/errors.ts';
import { isArchName, normaliseArch } from './atoms.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import { parseVersionRange } from './version-range.ts';

/** What a person asks for; what is left out is chosen. */
export interface ImageReference {
  readonly distribution: string;
  /** A version, the beginning of one (`24.04` for 24.04.4), a codename, `lts`, `latest`, or a range such as `^12`. */
  readonly release?: string | undefined;
  /** The version must be this one to the letter, as in an image's id. */
  readonly exact?: boolean | undefined;
  readonly variant?: string | undefined;
  readonly arch?: string | undefined;
}

const PART = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/**
 * Reads `DISTRIBUTION[@RELEASE][/VARIANT[/ARCH]]`, or an image's id, `distribution/version/variant/arch`. Letter case
 * does not matter, a blank counts as a hyphen (`fedora@38 Beta`), and architectures may have their vendor's name.
 * A variant's place may hold an architecture: `fedora@42/arm64`. A release's place may hold a range: version-range.ts.
 *
 * @throws LoopstickError CATALOG_REFERENCE_INVALID
 */
export function parseReference(text: string): ImageReference {
  const invalid = (): Error => failure(CATALOG_ERRORS.referenceInvalid, { reference: text });
  // Longer than all parts together can be.
  if (text.length > 256) throw invalid();
  const [head = '', ...rest] = text.trim().toLowerCase().replace(/\s+/g, '-').split('/');
  const [distribution = '', release, ...tooMany] = head.split('@');
  if (tooMany.length > 0 || ![distribution, ...rest].every((part) => PART.test(part))) throw invalid();
  if (release !== undefined && !PART.test(release) && parseVersionRange(release) === undefined) throw invalid();

  if (release === undefined && rest.length === 3) {
    const [version, variant, arch = ''] = rest;
    return { distribution, release: version, exact: true, variant, arch: normaliseArch(arch) };
  }
  const [variant, arch, ...more] = rest;
  if (more.length > 0) throw invalid();
  if (variant !== undefined && arch === undefined && isArchName(variant)) {
    return { distribution, release, arch: normaliseArch(variant) };
  }
  return { distribution, release, variant, arch: arch === undefined ? undefined : normaliseArch(arch) };
}
