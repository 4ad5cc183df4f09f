import { z } from 'zod';

import { lineSchema } from '../catalog/atoms.ts';
import { EVIDENCE_LEVELS, type EvidenceLevel } from '../verify/evidence.ts';
import { FIRMWARES, IMAGE_KINDS, type BootMarkers, type Firmware, type ImageKind } from '../recipe/boot-entry.ts';

/** Name of the manifest in the stick's folder. */
export const MANIFEST_NAME = 'manifest.json';
/** What the names of stick folders start with; the stick's id follows. */
export const FOLDER_PREFIX = 'loopstick-';
export const FOLDER_NAME: RegExp = /^loopstick-[0-9a-f]{16}$/;

/** A path on the data partition. debugfs splits its commands at blanks, so nothing else is let through. */
export const DATA_PATH: RegExp = /^(\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/;
/** A path on the EFI system partition, relative. */
export const ESP_PATH: RegExp = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** What a watched boot may type: printable ASCII, carriage returns, and escape sequences of a terminal. */
// eslint-disable-next-line no-control-regex -- two control characters are what it lets through
export const KEYS: RegExp = /^[\x1b\r\x20-\x7e]+$/;

/** One boot entry, as far as it matters for listing and for a watched boot. */
export interface ManifestEntry {
  id: string;
  title: string;
  type: 'linux' | 'iso-menu';
  /** The firmwares on which it works; undefined: all. */
  firmware?: Firmware[] | undefined;
  /** What to type to start it, in a menu that is watched by typing. */
  keys?: string | undefined;
  markers: BootMarkers;
}

/** The first `length` bytes of something, by their SHA-256. */
export interface Digest {
  length: number;
  sha256: string;
}

export interface FileDigest extends Digest {
  path: string;
}

/** What makes the stick boot, so that it can be checked. */
export interface ManifestBoot {
  /** The files of the EFI system partition. */
  esp: FileDigest[];
  /** The text by which a menu that is watched by typing is known; missing when it keeps to the protocol itself. */
  ready?: string | undefined;
  /** Of sector 0. */
  bootCode?: Digest | undefined;
  /** Of the BIOS boot partition. */
  embedded?: Digest | undefined;
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
  firmwares: Firmware[];
  boot: ManifestBoot;
  images: ManifestImage[];
}

const short = lineSchema(200);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const digest = { length: z.int().nonnegative(), sha256 };
const markers = z.array(z.string().max(200)).max(8).optional();

export const manifestSchema: z.ZodType<StickManifest, unknown> = z.object({
  schema: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{16}$/),
  title: short,
  createdAt: short,
  createdBy: short,
  bootloader: short,
  firmwares: z.array(z.enum(FIRMWARES)).max(8),
  boot: z.object({
    esp: z.array(z.object({ path: z.string().max(200).regex(ESP_PATH), ...digest })).max(2000),
    ready: short.optional(),
    bootCode: z.object(digest).optional(),
    embedded: z.object(digest).optional(),
  }),
  images: z
    .array(
      z.object({
        id: short,
        title: short,
        kind: z.enum(IMAGE_KINDS),
        path: z.string().max(300).regex(DATA_PATH),
        size: z.int().nonnegative(),
        sha256,
        evidence: z.enum(EVIDENCE_LEVELS),
        recipe: short,
        entries: z
          .array(
            z.object({
              id: short,
              title: short,
              type: z.enum(['linux', 'iso-menu']),
              firmware: z.array(z.enum(FIRMWARES)).max(8).optional(),
              keys: z.string().max(20_000).regex(KEYS).optional(),
              markers: z.object({ kernel: markers, userland: markers }),
            }),
          )
          .max(32),
      }),
    )
    .max(200),
});
