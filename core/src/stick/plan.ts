import { createHash } from 'node:crypto';

import type { Engine } from '../engine/engine.ts';
import { failure } from '../engine/errors.ts';
import type { Bootloader, MenuItem } from '../engine/hooks.ts';
import { describeIssues } from '../engine/issues.ts';
import { FIRMWARES, placeEntry, type BootEntry, type Firmware, type Recognition } from '../recipe/boot-entry.ts';
import { efiStubOf } from '../recipe/efi-stub.ts';
import { openIso, type OpenIso } from '../recipe/iso-reader.ts';
import { recogniseIso } from '../recipe/recognise.ts';
import { ENGINE_VERSION } from '../engine/version.ts';
import type { EvidenceLevel } from '../verify/evidence.ts';
import { deriveIdentity, type StickIdentity } from './identity.ts';
import { FOLDER_PREFIX, manifestSchema, type Digest, type StickManifest } from './manifest.ts';
import { safeIsoName, slug, unique } from './names.ts';
import type { StickBoot } from './taken-files.ts';
import { STICK_ERRORS } from './stick-errors.ts';

/** A verified ISO that is to go on a stick. */
export interface StickImage {
  /** `distro/version/variant/arch` or `local/<name>`. */
  readonly id: string;
  /** The ISO here. */
  readonly file: string;
  /** Its own name; the name on the stick is made from it. */
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly evidence: EvidenceLevel;
}

/** What makes two sticks equal: the same images, in the same order, under the same seed, at the same time. */
export interface StickSpec {
  readonly title: string;
  readonly images: readonly StickImage[];
  /** 32 hex digits, random; all identifiers follow from it. */
  readonly seed: string;
  readonly createdAt: Date;
  /** Name of the bootloader; that of the settings when it is missing. */
  readonly bootloader?: string | undefined;
}

/** An image with its place and its boot entries. */
interface PlacedImage {
  readonly image: StickImage;
  readonly iso: OpenIso;
  readonly path: string;
  readonly recipe: string;
  readonly recognition: Recognition;
  readonly items: readonly MenuItem[];
}

export interface StickPlan {
  readonly identity: StickIdentity;
  /** Absolute path of the stick's folder on the data partition. */
  readonly folder: string;
  readonly images: readonly PlacedImage[];
}

/**
 * Looks inside every image and gives it its place on the stick.
 * @throws LoopstickError ISO_UNREADABLE, RECIPE_NONE, STICK_NO_IMAGES
 */
export async function planStick(engine: Engine, spec: StickSpec, signal: AbortSignal): Promise<StickPlan> {
  if (spec.images.length === 0) throw failure(STICK_ERRORS.noImages, {});
  const identity = deriveIdentity(spec.seed);
  const folder = `/${FOLDER_PREFIX}${identity.id}`;
  const names = new Set<string>();
  const ids = new Set<string>();
  const images: PlacedImage[] = [];
  requireDistinct(spec.images);
  for (const image of spec.images) {
    engine.events.emit('step', { step: 'inspect', detail: image.name });
    const iso = await openIso(image.file, { runner: engine.context.runner, signal });
    const { pluginId, recipe, recognition } = await recogniseIso(engine, iso, signal);
    const path = `${folder}/${unique(safeIsoName(image.name), names, '.iso')}`;
    const placement = { isoPath: path, dataUuid: identity.dataUuid, isoLabel: iso.label };
    const items: MenuItem[] = [];
    for (const entry of recognition.entries) {
      items.push({
        id: unique(`${slug(image.id)}-${entry.id}`, ids),
        title: entry.title,
        isoPath: path,
        entry: placeEntry(entry, placement),
        efiStub: entry.type === 'linux' ? await efiStubOf(iso, entry.kernel, signal) : undefined,
      });
    }
    images.push({ image, iso, path, recipe: `${pluginId}/${recipe}`, recognition, items });
  }
  return { identity, folder, images };
}

/** @throws LoopstickError STICK_DUPLICATE_IMAGE */
function requireDistinct(images: readonly StickImage[]): void {
  const seen = new Map<string, string>();
  for (const { name, sha256 } of images) {
    const first = seen.get(sha256);
    if (first !== undefined) throw failure(STICK_ERRORS.duplicateImage, { first, second: name });
    seen.set(sha256, name);
  }
}

/** The manifest that the stick will carry. @throws LoopstickError STICK_SPEC_INVALID */
export function manifestOf(spec: StickSpec, plan: StickPlan, bootloader: Bootloader, boot: StickBoot): StickManifest {
  // Whoever reads the stick later checks it with the same schema.
  const parsed = manifestSchema.safeParse(describe(spec, plan, bootloader, boot));
  if (parsed.success) return parsed.data;
  throw failure(STICK_ERRORS.specInvalid, { problem: describeIssues(parsed.error) });
}

function describe(spec: StickSpec, plan: StickPlan, bootloader: Bootloader, boot: StickBoot): StickManifest {
  const leftOut = new Set(boot.leftOut.map(({ id }) => id));
  return {
    schema: 1,
    id: plan.identity.id,
    title: spec.title,
    createdAt: spec.createdAt.toISOString(),
    createdBy: `loopstick ${ENGINE_VERSION}`,
    bootloader: bootloader.name,
    firmwares: [...boot.firmwares],
    boot: {
      esp: [
        ...[...boot.espFiles].map(([path, content]) => ({ path, ...digestOf(content) })),
        ...boot.taken.map(({ path, length, sha256 }) => ({ path, length, sha256 })),
      ],
      ready: boot.typed?.ready,
      bootCode: boot.bios === undefined ? undefined : digestOf(boot.bios.bootCode),
      embedded: boot.bios === undefined ? undefined : digestOf(boot.bios.embedded),
    },
    images: plan.images.map(({ image, path, recipe, recognition, items }) => ({
      id: image.id,
      title: recognition.title,
      kind: recognition.kind,
      path,
      size: image.size,
      sha256: image.sha256,
      evidence: image.evidence,
      recipe,
      entries: items
        .filter(({ id }) => !leftOut.has(id))
        .map(({ id, title, entry }) => ({
          id,
          title,
          type: entry.type,
          firmware: firmwareOf(entry, boot.firmwares),
          keys: boot.typed?.keys.get(id),
          markers: entry.markers,
        })),
    })),
  };
}

/** Where an entry works on this stick; undefined: wherever firmware can be. */
function firmwareOf({ conditions }: BootEntry, firmwares: readonly Firmware[]): Firmware[] | undefined {
  if (FIRMWARES.every((each) => firmwares.includes(each))) return conditions.firmware;
  return (conditions.firmware ?? FIRMWARES).filter((each) => firmwares.includes(each));
}

function digestOf(content: Uint8Array): Digest {
  return { length: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}
