import { z } from 'zod';

import { EVIDENCE_LEVELS, type EvidenceLevel } from '../verify/evidence.ts';
import { FIRMWARES, IMAGE_KINDS, type BootMarkers, type Firmware, type ImageKind } from '../recipe/boot-entry.ts';

/** Name of the manifest in the stick's folder. */
export const MANIFEST_NAME = 'manifest.json';
/** What the names of stick folders start with; the stick's id follows. */
export const FOLDER_PREFIX = 'loopstick-';

/** One boot entry, as far as it matters for listing and for a watched boot. */
export interface ManifestEntry {
  id: string;
  title: string;
  type: 'linux' | 'iso-menu';
  /** The firmwares on which it works; undefined: all. */
  firmware?: Firmware[] | undefined;
  markers: BootMarkers;
}

/** One ISO on the stick. */
export interface ManifestImage {
  /** `distro/version/variant/arch`, or `local/<name>` for a file of the user's own. */
  id: string;
  title: string;
  kind: ImageKind;
  /** Absolute path on the data partition. */
  path: string;
  size: number;
  sha256: string;
  evidence: EvidenceLevel;
  /** The recipe that made the entries, with its plugin: `distro-ubuntu/casper`. */
  recipe: string;
  entries: ManifestEntry[];
}

/** What a stick says of itself. It lies on the stick, so it is parsed with care. */
export interface StickManifest {
  schema: 1;
  id: string;
  title: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** Program and version. */
  createdBy: string;
  bootloader: string;
  firmwares: string[];
  images: ManifestImage[];
}

const short = z.string().max(200);
const markers = z.array(short).max(8).optional();

export const manifestSchema: z.ZodType<StickManifest, unknown> = z.object({
  schema: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{16}$/),
  title: short,
  createdAt: short,
  createdBy: short,
  bootloader: short,
  firmwares: z.array(short).max(8),
  images: z
    .array(
      z.object({
        id: short,
        title: short,
        kind: z.enum(IMAGE_KINDS),
        path: z.string().max(300),
        size: z.number().int().nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        evidence: z.enum(EVIDENCE_LEVELS),
        recipe: short,
        entries: z
          .array(
            z.object({
              id: short,
              title: short,
              type: z.enum(['linux', 'iso-menu']),
              firmware: z.array(z.enum(FIRMWARES)).max(8).optional(),
              markers: z.object({ kernel: markers, userland: markers }),
            }),
          )
          .max(32),
      }),
    )
    .max(200),
});
