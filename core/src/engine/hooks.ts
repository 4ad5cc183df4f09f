/**
 * All extension points of the engine, with the contracts of what is added to them.
 *
 * The hooks themselves are plain tapable. Nobody taps them directly: plugins go through the registrar (tap.ts), which
 * adds what tapable lacks — whose tap it was, a deadline, unique names, a list of what never settled.
 */
import { AsyncParallelHook, AsyncSeriesBailHook, AsyncSeriesHook } from 'tapable';

import type { IsoContents } from '../recipe/iso.ts';
import type { BootEntry, DataFilesystem, Firmware } from '../recipe/boot-entry.ts';
import type { Digests } from '../verify/digests.ts';
import type { Runner } from './run.ts';

// ── catalog sources: parallel, settle all ───────────────────────────────────────────────────────────────────────────

/** The layers of the catalog, lowest first. */
export const CATALOG_LAYERS = ['embedded', 'upstream', 'registry', 'custom'] as const;
export type CatalogLayer = (typeof CATALOG_LAYERS)[number];

export interface CatalogSource {
  /** Unique among all sources; shown as the origin of what it says. */
  readonly name: string;
  readonly layer: CatalogLayer;
  /** Resolves to a catalog document (core/src/catalog/schema.ts). Core validates it: it may come from anywhere. */
  read(request: { readonly signal: AbortSignal }): Promise<unknown>;
}

/** One round over all sources; each tap delivers its own outcome and none can spoil another's. */
export interface CatalogRound {
  readonly signal: AbortSignal;
  /** False keeps vendors' own lists out, which are always fetched. */
  readonly remote: boolean;
  deliver(source: CatalogSource, outcome: { readonly document: unknown } | { readonly error: unknown }): void;
}

// ── mirror strategies: by name, bail ────────────────────────────────────────────────────────────────────────────────

/** One place that a file can come from. */
export interface MirrorCandidate {
  /** Address of the file on this mirror. */
  readonly url: string;
  /** Place in the source's own order, from 0. */
  readonly position: number;
}

export interface RankedMirror {
  readonly url: string;
  /** One line: why it stands here. */
  readonly reason: string;
}

export interface MirrorStrategy {
  readonly name: string;
  readonly description: string;
  /** Returns the candidates in the order in which to try them. Candidates it leaves out are not used. */
  rank(
    candidates: readonly MirrorCandidate[],
    request: { readonly size: number | undefined; readonly signal: AbortSignal },
  ): Promise<readonly RankedMirror[]>;
}

// ── transports: by URL scheme, bail ─────────────────────────────────────────────────────────────────────────────────

export interface RangeRequest {
  readonly url: string;
  /** First byte wanted. */
  readonly start: number;
  /** First byte not wanted any more; to the end of the file when it is missing. */
  readonly end?: number | undefined;
  /** Send the range only if the file still is this one; otherwise the answer is the whole file (RFC 9110, 13.1.5). */
  readonly ifRange?: string | undefined;
  /** About how many bytes to take from the network before they are read. Bounds memory, and how far a limit lags. */
  readonly buffer?: number | undefined;
  /**
   * The reader is done with a batch when it asks for the next one, so that its memory may be used again: that is much
   * cheaper. Otherwise the batch is the reader's for good.
   */
  readonly reuse?: boolean | undefined;
  /** Aborts the request and the body. */
  readonly signal: AbortSignal;
}

/** By what a server tells one state of a file from another. Comparable within one origin only (RFC 9110, 8.8.3). */
export interface Validators {
  /** A strong entity tag with its quotes; weak ones promise too little. */
  readonly etag?: string | undefined;
  /** The Last-Modified header, as it was sent. */
  readonly lastModified?: string | undefined;
  /** Whether that date is strong: at least a minute older than the answer (RFC 9110, 8.8.2.2). */
  readonly dateIsStrong?: boolean | undefined;
}

/** An open answer. The reader must consume `body` to its end, or end the iteration, or abort the signal. */
export interface RangeResponse {
  /** Offset of the body's first byte in the whole file: `start`, or 0 from a server that ignores ranges. */
  readonly start: number;
  /** Offset behind the body's last byte, when the server says: it may be less than was asked for. */
  readonly end: number | undefined;
  /** Size of the whole file in bytes, when the server says. */
  readonly total: number | undefined;
  readonly validators: Validators;
  /** The address that answered, after all redirects. */
  readonly address: string;
  /** The media type without parameters, in lower case. */
  readonly mediaType: string | undefined;
  /** The name from Content-Disposition, as it was sent: not to be trusted. */
  readonly fileName: string | undefined;
  /** What the server says of the whole file (RFC 9530 `Repr-Digest`, RFC 3230 `Digest`): a hint, not an authority. */
  readonly digests: Digests;
  /** Batches of chunks: whatever has arrived since the last one, so that the cost is per batch and not per packet. */
  readonly body: AsyncIterable<readonly Uint8Array[]>;
}

/** What a transport puts into the `cause` of an error about an answer. */
export interface AnswerFacts {
  readonly status: number;
  /** From Retry-After, in milliseconds from now. */
  readonly retryAfterMs?: number | undefined;
  /** Size of the whole file according to a 416. */
  readonly total?: number | undefined;
}

/** Opens byte ranges of URLs of its schemes. Retry, resume and verification are core's business, not a transport's. */
export interface Transport {
  readonly name: string;
  /** Without the colon: `https`. */
  readonly schemes: readonly string[];
  /** @throws LoopstickError DOWNLOAD_HTTP_STATUS, DOWNLOAD_CONNECTION and others of download/download-errors.ts */
  open(request: RangeRequest): Promise<RangeResponse>;
}

// ── bootloaders: by name ────────────────────────────────────────────────────────────────────────────────────────────

export interface MenuItem {
  /** Unique on the stick: `<image>-<entry>`. */
  readonly id: string;
  readonly title: string;
  /** Absolute path of the ISO on the data partition. */
  readonly isoPath: string;
  /** Its templates are filled in. */
  readonly entry: BootEntry;
}

export interface BootloaderRequest {
  /** At least one: a stick without an image is refused, and a recipe without an entry. */
  readonly items: readonly MenuItem[];
  readonly stick: { readonly id: string; readonly title: string };
  readonly data: { readonly filesystem: DataFilesystem; readonly uuid: string };
  readonly esp: { readonly uuid: string };
  /** First sector (512 bytes) and length in sectors of the partition that holds BIOS boot code. */
  readonly biosBoot: { readonly start: number; readonly sectors: number };
  /** An empty folder for files in between; core removes it. */
  readonly workDirectory: string;
  readonly runner: Runner;
  readonly signal: AbortSignal;
}

/** What to write, where. A bootloader never touches the stick: core checks this plan and carries it out. */
export interface BootPlan {
  readonly firmwares: readonly Firmware[];
  /** Files of the EFI system partition: path with `/`, content. */
  readonly espFiles: ReadonlyMap<string, Uint8Array>;
  readonly bios:
    | {
        /** The first bytes of sector 0, at most 440: the disk signature and the partition table behind them stay. */
        readonly bootCode: Uint8Array;
        /** From the first sector of the BIOS boot partition on. */
        readonly embedded: Uint8Array;
      }
    | undefined;
}

export interface Bootloader {
  readonly name: string;
  readonly description: string;
  plan(request: BootloaderRequest): Promise<BootPlan>;
}

/** A bootloader as it is found by its name. */
export interface OwnedBootloader extends Bootloader {
  /** Whose it is. */
  readonly pluginId: string;
}

// ── recipes: series, the first to recognise wins ────────────────────────────────────────────────────────────────────

export interface Recipe {
  readonly name: string;
  /**
   * Resolves to a Recognition (core/src/recipe/boot-entry.ts), or undefined when the ISO is not of this kind, or
   * `{ rejected: reason }` when it is but cannot boot from a stick; other recipes are asked then all the same. It
   * decides by what is inside, never by the file's name. Core validates what comes back.
   */
  recognise(iso: IsoContents, request: { readonly signal: AbortSignal }): Promise<unknown>;
}

export interface RecipeRound {
  readonly iso: IsoContents;
  readonly signal: AbortSignal;
  /** Judges an answer: false asks the next recipe, and so does a throw, as a loss of this recipe's plugin. */
  readonly accept?: ((answer: RecognisedBy) => boolean) | undefined;
}

/** Recipes of one distribution come before the ones that take whatever fits. */
export const RECIPE_ORDER = { distribution: 0, generic: 100 } as const;

// ── life cycle: series ──────────────────────────────────────────────────────────────────────────────────────────────

export const LIFECYCLE_EVENTS = [
  'beforeSync',
  'afterSync',
  'beforeDownload',
  'afterDownload',
  'beforePlan',
  'afterPlan',
  'beforeApply',
  'afterApply',
] as const;
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number];

export interface LifecycleNotice {
  readonly event: LifecycleEvent;
  /** What it is about, as plain data: image id, file, target. */
  readonly subject: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /**
   * For policy, in the `before…` events: stops the run with this reason and the plugin's name. In the `after…` events
   * it is only a warning.
   */
  refuse(reason: string): void;
}

// ── the hooks ───────────────────────────────────────────────────────────────────────────────────────────────────────

export interface EngineHooks {
  readonly catalogSources: AsyncParallelHook<[CatalogRound]>;
  readonly mirrorStrategies: AsyncSeriesBailHook<[string], MirrorStrategy | undefined>;
  readonly transports: AsyncSeriesBailHook<[string], Transport | undefined>;
  readonly bootloaders: AsyncSeriesBailHook<[string], OwnedBootloader | undefined>;
  readonly recipes: AsyncSeriesBailHook<[RecipeRound], RecognisedBy | undefined>;
  readonly lifecycle: Readonly<Record<LifecycleEvent, AsyncSeriesHook<[LifecycleNotice]>>>;
}

export interface RecognisedBy {
  readonly pluginId: string;
  readonly recipe: string;
  /** Not yet validated. */
  readonly recognition: unknown;
}

export type HookName = Exclude<keyof EngineHooks, 'lifecycle'> | LifecycleEvent;

export function createHooks(): EngineHooks {
  const lifecycle = Object.fromEntries(
    LIFECYCLE_EVENTS.map((event) => [event, new AsyncSeriesHook<[LifecycleNotice]>(['notice'])]),
  ) as unknown as EngineHooks['lifecycle'];
  return {
    catalogSources: new AsyncParallelHook(['round']),
    mirrorStrategies: new AsyncSeriesBailHook(['name']),
    transports: new AsyncSeriesBailHook(['scheme']),
    bootloaders: new AsyncSeriesBailHook(['name']),
    recipes: new AsyncSeriesBailHook(['round']),
    lifecycle,
  };
}

// ── what a plugin is given ──────────────────────────────────────────────────────────────────────────────────────────

export interface RecipeOptions {
  /** Place in the series; see RECIPE_ORDER. Equal places keep the order of registration. */
  readonly order?: number;
  /** Name of a recipe that this one has to come before. */
  readonly before?: string;
}

/** How a plugin adds its parts. Each call is checked against the kinds that its manifest declares. */
export interface PluginRegistrar {
  catalogSource(source: CatalogSource): void;
  mirrorStrategy(strategy: MirrorStrategy): void;
  transport(transport: Transport): void;
  bootloader(bootloader: Bootloader): void;
  recipe(recipe: Recipe, options?: RecipeOptions): void;
  lifecycle(event: LifecycleEvent, name: string, handler: (notice: LifecycleNotice) => Promise<void>): void;
}

/** The default export of a plugin's entry: a description. Importing it must do nothing. */
export interface Plugin {
  readonly id: string;
  /**
   * Adds the plugin's parts. Heavy modules belong behind a dynamic import inside those parts. The registrar takes
   * nothing more once this has returned, and a plugin that throws here has added nothing.
   */
  register(registrar: PluginRegistrar): void;
}
