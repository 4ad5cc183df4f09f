/** Where a plugin lies, how far it is trusted, and what it was granted: what the engine is told before it reads anything. */
import type { PluginPermissions } from './plugin-manifest.ts';

/**
 * How far a plugin is trusted:
 * - `bundled`: it comes with the program; its code runs in the program's own process
 * - `registry`: a signed registry vouches for it
 * - `data`: it brings no code
 * - `unsigned`: it has code that nobody vouches for
 *
 * Code of any tier but the first runs in a worker of its own (docs/plugin-isolation.md).
 */
export const TRUST_TIERS = ['bundled', 'registry', 'data', 'unsigned'] as const;
export type TrustTier = (typeof TRUST_TIERS)[number];

export interface PluginPlace {
  readonly directory: string;
  readonly trust: TrustTier;
  /** What the user has agreed to; what the manifest declares beyond that is not had. All of that when it is missing. */
  readonly granted?: PluginPermissions | undefined;
}

/** A bare folder is one that the program itself brings. */
export function placeAt(place: string | PluginPlace): PluginPlace {
  return typeof place === 'string' ? { directory: place, trust: 'bundled' } : place;
}

/** What is declared and granted both. */
export function grantedOf(declared: PluginPermissions, granted: PluginPermissions | undefined): PluginPermissions {
  if (granted === undefined) return declared;
  return {
    hosts: declared.hosts.filter((host) => granted.hosts.includes(host)),
    programs: declared.programs.filter((program) => granted.programs.includes(program)),
    paths: declared.paths.filter((path) => granted.paths.includes(path)),
  };
}
