import type { Engine } from '../engine/engine.ts';
import { failure } from '../engine/errors.ts';
import type { Bootloader, BootPlan, MenuItem } from '../engine/hooks.ts';
import { placeEntry, type Recognition } from '../recipe/boot-entry.ts';
import { openIso } from '../recipe/iso-reader.ts';
import { recogniseIso } from '../recipe/recognise.ts';
import { ENGINE_VERSION } from '../engine/version.ts';
import type { EvidenceLevel } from '../verify/evidence.ts';
import { BOOT_CODE_LIMIT } from './boot-code.ts';
import { deriveIdentity, type StickIdentity } from './identity.ts';
import { SECTOR, type Layout } from './layout.ts';
import { FOLDER_PREFIX, type StickManifest } from './manifest.ts';
import { safeIsoName, slug, unique } from './names.ts';
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
}

/** An image with its place and its boot entries. */
interface PlacedImage {
  readonly image: StickImage;
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
  const slugs = new Set<string>();
  const images: PlacedImage[] = [];
  for (const image of spec.images) {
    engine.events.emit('step', { step: 'inspect', detail: image.name });
    const iso = await openIso(image.file, { runner: engine.context.runner, signal });
    const { pluginId, recipe, recognition } = await recogniseIso(engine, iso, signal);
    const path = `${folder}/${unique(safeIsoName(image.name), names, '.iso')}`;
    const placement = { isoPath: path, dataUuid: identity.dataUuid, isoLabel: iso.label };
    const prefix = unique(slug(image.id), slugs);
    const items = recognition.entries.map((entry) => ({
      id: `${prefix}-${entry.id}`,
      title: entry.title,
      isoPath: path,
      entry: placeEntry(entry, placement),
    }));
    images.push({ image, path, recipe: `${pluginId}/${recipe}`, recognition, items });
  }
  return { identity, folder, images };
}

/** The manifest that the stick will carry. */
export function manifestOf(spec: StickSpec, plan: StickPlan, bootloader: Bootloader, boot: BootPlan): StickManifest {
  return {
    schema: 1,
    id: plan.identity.id,
    title: spec.title,
    createdAt: spec.createdAt.toISOString(),
    createdBy: `loopstick ${ENGINE_VERSION}`,
    bootloader: bootloader.name,
    firmwares: [...boot.firmwares],
    images: plan.images.map(({ image, path, recipe, recognition, items }) => ({
      id: image.id,
      title: recognition.title,
      kind: recognition.kind,
      path,
      size: image.size,
      sha256: image.sha256,
      evidence: image.evidence,
      recipe,
      entries: items.map(({ id, title, entry }) => ({
        id,
        title,
        type: entry.type,
        firmware: entry.conditions.firmware,
        markers: entry.markers,
      })),
    })),
  };
}

const ESP_PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const ESP_LIMIT = 96 * 1024 * 1024;

/**
 * A bootloader's plan comes from a plugin: nothing in it may reach outside its place.
 * @throws LoopstickError STICK_PLAN_INVALID
 */
export function checkBootPlan(name: string, boot: BootPlan, layout: Layout): void {
  const problem = problemOf(boot, layout);
  if (problem !== undefined) throw failure(STICK_ERRORS.planInvalid, { bootloader: name, problem });
}

function problemOf(boot: BootPlan, layout: Layout): string | undefined {
  if (boot.firmwares.length === 0) return 'it starts on no firmware';
  let total = 0;
  for (const [path, content] of boot.espFiles) {
    if (!ESP_PATH.test(path) || path.split('/').includes('..')) return `"${path}" is not a path for the ESP`;
    total += content.length;
  }
  if (total > ESP_LIMIT) return `${total} bytes do not fit on the ESP`;
  if (boot.bios !== undefined) {
    if (boot.bios.bootCode.length > BOOT_CODE_LIMIT) return 'its boot code reaches into the partition table';
    const room = layout.biosBoot.sectors * SECTOR;
    if (boot.bios.embedded.length > room) return 'its BIOS image does not fit into the BIOS boot partition';
  }
  return undefined;
}
