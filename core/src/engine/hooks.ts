/**
 * All extension points of the engine, with the contracts of what is added to them.
 *
 * The hooks themselves are plain tapable. Nobody taps them directly: plugins go through the registrar (tap.ts), which
 * adds what tapable lacks — whose tap it was, a deadline, unique names, a list of what never settled.
 */
import { AsyncParallelHook, AsyncSeriesBailHook, AsyncSeriesHook } from 'tapable';

import type { IsoContents } from '../recipe/iso.ts';
import type { BootEntry, DataFilesystem, Firmware } from '../recipe/boot-entry.ts';
import type { RateLimiter } from '../download/transfer/rate-limit.ts';
import type { Digests } from '../verify/digests.ts';
import type { CatalogRound, CatalogSource } from './catalog-source.ts';
import type { Runner } from './run.ts';

// ── catalog sources: parallel, settle all ───────────────────────────────────────────────────────────────────────────

export {
  CATALOG_LAYERS,
  REMOTE_LAYERS,
  type CatalogLayer,
  type CatalogReadRequest,
  type CatalogRound,
  type CatalogSource,
  type FetchOptions,
  type Freshness,
  type SignedList,
  type SignedText,
  type SourceOutcome,
} from './catalog-source.ts';

// ── mirror lists: parallel, settle all ──────────────────────────────────────────────────────────────────────────────

/**
 * What a vendor publishes about its mirrors, and how it is written:
 * - `metalink`: version 3 or 4, of the file itself
 * - `mirrorlist`: MirrorManager's text, or any other with one address a line
 * - `mirrorcache`: MirrorCache's JSON
 * - `launchpad`: Launchpad's feed of mirrors of CD images
 */
export const MIRROR_LIST_FORMATS = ['metalink', 'mirrorlist', 'mirrorcache', 'launchpad'] as const;
export type MirrorListFormat = (typeof MIRROR_LIST_FORMATS)[number];

export interface MirrorList {
  readonly format: MirrorListFormat;
  /** Where the vendor itself publishes it. */
  readonly url: string;
  /**
   * Path of the file below each address of the list: `24.04.3/ubuntu-24.04.3-desktop-amd64.iso`. Missing where the
   * addresses are those of the file.
   */
  readonly path?: string | undefined;
  /** Path of the file below the root of the vendor's tree, where the addresses of the list are those of other folders. */
  readonly tree?: string | undefined;
}

/** An image as those see it who know where mirrors of its vendor are listed. */
export interface ListedImage {
  /** `distribution/version/variant/arch` */
  readonly id: string;
  readonly distribution: string;
  readonly version: string;
  readonly variant: string;
  readonly arch: string;
  readonly file: string;
  /** Those of the catalog, best first. */
  readonly urls: readonly string[];
}

/** Says which lists of mirrors there are for an image. Core fetches, checks, keeps and merges them. */
export interface MirrorListSource {
  /** Shown as the source of the mirrors that are found through it. */
  readonly name: string;
  /** Ids of the distributions that it knows. */
  readonly distributions: readonly string[];
  lists(
    image: ListedImage,
    request: { readonly signal: AbortSignal },
  ): readonly MirrorList[] | Promise<readonly MirrorList[]>;
}

/** All lists for one image; each tap delivers its own. */
export interface MirrorListRound {
  readonly image: ListedImage;
  readonly signal: AbortSignal;
  deliver(source: MirrorListSource, lists: unknown): void;
}

// ── mirror strategies: by name, bail ────────────────────────────────────────────────────────────────────────────────

/** Two letters each: Africa, Antarctica, Asia, Europe, North America, Oceania, South America. */
export const CONTINENTS = ['af', 'an', 'as', 'eu', 'na', 'oc', 'sa'] as const;
export type Continent = (typeof CONTINENTS)[number];

/** Somewhere on earth, as far as it is known. */
export interface Place {
  /** ISO 3166-1, two lower-case letters. */
  readonly country?: string | undefined;
  readonly continent?: Continent | undefined;
}

/** How a use of a mirror can end. `stale`: another file under the name, which says nothing against the mirror. */
export const MIRROR_OUTCOMES = ['success', 'timeout', 'http-error', 'reset', 'stale', 'corrupt'] as const;
export type MirrorOutcome = (typeof MIRROR_OUTCOMES)[number];

/** What is remembered of a mirror from earlier downloads, the older the less it counts. */
export interface MirrorHistory {
  /** Each counts half after 14 days. */
  readonly outcomes: Readonly<Record<MirrorOutcome, number>>;
  readonly speed?: SpeedMemory | undefined;
  /** Milliseconds until a connection was made, and until the first byte of an answer came. */
  readonly connectMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly lastUsed: Date;
}

/** Speeds vary by factors, so they are remembered as logarithms. */
export interface SpeedMemory {
  /** Geometric mean, in bytes a second, of all connections to the mirror together. */
  readonly mean: number;
  /** Standard deviation of the natural logarithm. */
  readonly deviation: number;
  /** Number of measurements, decayed like outcomes: how much it is to be believed. */
  readonly weight: number;
}

/** How a mirror does in the download for which it is ranked. */
export interface MirrorProgress {
  /** Bytes that it has delivered. */
  readonly bytes: number;
  /** Bytes a second at present, or when it delivered last; undefined before anything could be measured. */
  readonly speed: number | undefined;
  /** Open at present. */
  readonly connections: number;
  /** Attempts that failed. */
  readonly failures: number;
  /** Given up: it fails, or has another file. */
  readonly out: boolean;
}

/** One place that a file can come from. Every strategy gets the same record. */
export interface MirrorCandidate extends Place {
  /** Address of the file on this mirror. */
  readonly url: string;
  /** The mirror itself, `scheme://host:port`: by this experience is kept, so that it outlives a release. */
  readonly mirror: string;
  /** Place in the order of the sources, from 0. */
  readonly position: number;
  /** Who lists it, the most trusted one first: `catalog`, `settings`, or the name of a list's source. */
  readonly sources: readonly string[];
  /** As its owner has declared it, from 0 to 1 among the mirrors of its list: an order and not a speed. */
  readonly bandwidth?: number | undefined;
  /** Place in the user's list of preferred mirrors, from 0. */
  readonly preferred?: number | undefined;
  readonly history?: MirrorHistory | undefined;
  /** Missing before the download has begun. */
  readonly progress?: MirrorProgress | undefined;
  /** What the last probe brought in this download: strategies keep nothing from one asking to the next. */
  readonly probe?: MirrorProbe | undefined;
}

export interface ProbeOptions {
  /** How many bytes to ask for. */
  readonly bytes: number;
  /** After so long it ends with what has come. */
  readonly ms: number;
}

/**
 * What asking a mirror for a part of the wanted file brought.
 * - `current`: the file is there, with the size that it must have
 * - `stale`: another file is there under that name
 * - `missing`: the mirror does not have it
 * - `failed`: nothing can be said; the mirror did not answer, or not soberly
 * - `unasked`: it was not asked, since it is in use or has to wait, or nothing is left to ask it for
 */
export interface MirrorProbe {
  readonly url: string;
  readonly state: 'current' | 'stale' | 'missing' | 'failed' | 'unasked';
  /** Missing when a connection was there already. */
  readonly connectMs?: number | undefined;
  /** From the request to the first byte of the file. */
  readonly firstByteMs?: number | undefined;
  /** Bytes a second from the first byte on; missing when too few came to say. */
  readonly speed?: number | undefined;
  readonly bytes: number;
  /** One line: what went wrong. */
  readonly problem?: string | undefined;
}

export interface RankingRequest {
  /** Of the file, in bytes. */
  readonly size: number | undefined;
  /** Bytes of it that are still to be fetched. */
  readonly remaining: number | undefined;
  /** Where the user is. */
  readonly place: Place;
  /** The user wants nothing but the mirrors of his list. */
  readonly preferredOnly: boolean;
  /**
   * Asks a mirror for some of the wanted file. During a download these bytes go where they belong, so that they cost
   * nothing. At most four at a time are carried out, one a mirror, the others wait. Missing where it is not worth it
   * (small files), and when a download is about to begin: then an order is wanted at once, and the strategy is asked
   * again, with this, as soon as it runs. Never rejects but with the signal's reason.
   */
  readonly probe?: ((url: string, options: ProbeOptions) => Promise<MirrorProbe>) | undefined;
  readonly now: Date;
  /** From 0 to 1. The only source of chance that a strategy may use. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

export interface RankedMirror {
  readonly url: string;
  /** One line: why it stands here, or why it is not to be used. */
  readonly reason: string;
  /** Bytes a second that the strategy expects of it, where it has an opinion. */
  readonly expected?: number | undefined;
  /** False: not to be used. */
  readonly use?: boolean | undefined;
}

export interface MirrorStrategy {
  readonly name: string;
  readonly description: string;
  /**
   * Returns the candidates in the order in which to use them, best first, each with a reason. One that is left out is
   * not used. Asked before a download, and again every few seconds while it runs, with what was measured meanwhile; the
   * first few that work are used at the same time. The same candidates, time and chance give the same answer.
   */
  rank(candidates: readonly MirrorCandidate[], request: RankingRequest): Promise<readonly RankedMirror[]>;
}

/** A strategy as it is found by its name. */
export interface OwnedMirrorStrategy extends MirrorStrategy {
  /** Whose it is. */
  readonly pluginId: string;
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
  /** Whether a redirect may lead to this address: asked before anything is sent there. Otherwise it is DOWNLOAD_REDIRECT. */
  readonly mayFollow?: ((address: string) => boolean) | undefined;
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
  /** Milliseconds until a connection was made for it; missing when one was there already, and when nobody can say. */
  readonly connectMs?: number | undefined;
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

/** A file of the user's own that others are to have. */
export interface OfferRequest {
  /** Its path. It stays as it is while it is offered. */
  readonly file: string;
  /** What it is called; that of the path when missing. */
  readonly name?: string | undefined;
  /** The address, of a scheme of this transport, under which others know it; the transport makes one when missing. */
  readonly address?: string | undefined;
  /** Of the machine, to be reached at; all that it has when missing. */
  readonly host?: string | undefined;
  /** The transport's choice when missing. */
  readonly port?: number | undefined;
  /** Bounds what is given; as fast as it goes when missing. */
  readonly limiter?: RateLimiter | undefined;
  readonly mayFollow?: RangeRequest['mayFollow'];
  /** How much of the file was looked through before it can be offered, in bytes. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends the preparation; the offer itself is ended by `close`. */
  readonly signal: AbortSignal;
}

/** A file that others can have now. */
export interface Offer {
  /** Of a scheme of the transport: with it, others can download the file. */
  readonly address: string;
  /** A file that describes it to other programs, where there is such a thing. */
  readonly description?: Uint8Array | undefined;
  /** Bytes that were given so far. */
  readonly given: number;
  /** Connected at present. */
  readonly takers: number;
  close(): Promise<void>;
}

/** Opens byte ranges of URLs of its schemes. Retry, resume and verification are core's business, not a transport's. */
export interface Transport {
  readonly name: string;
  /** Without the colon: `https`. */
  readonly schemes: readonly string[];
  /** Loads what the first request would load, where somebody wants to know how long a request takes. */
  prepare?(): Promise<void>;
  /** @throws LoopstickError DOWNLOAD_HTTP_STATUS, DOWNLOAD_CONNECTION and others of download/download-errors.ts */
  open(request: RangeRequest): Promise<RangeResponse>;
  /** Gives a file to others, where the protocol can. @throws LoopstickError of the plugin; the system's own errors */
  offer?(request: OfferRequest): Promise<Offer>;
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
  /**
   * The UEFI firmwares that start the kernel as a program of their own (its EFI stub); empty when it is no such program.
   * Missing when the entry names no kernel.
   */
  readonly efiStub?: readonly Firmware[] | undefined;
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
  /** Files from inside the ISOs, for a bootloader that cannot open an ISO: core copies them onto the ESP. */
  readonly isoFiles?: readonly IsoFileOnEsp[] | undefined;
  /** What this bootloader cannot start and has left out of its menu. The user is told; when it is all, nothing is made. */
  readonly leftOut?: readonly LeftOutItem[] | undefined;
  /** Missing when the menu itself keeps to the protocol of watched boots (core/src/trial/watched-boot.ts). */
  readonly typed?: TypedMenu | undefined;
}

/** A file of an ISO that lies on the EFI system partition as well. */
export interface IsoFileOnEsp {
  /** The ISO, as in MenuItem.isoPath. */
  readonly isoPath: string;
  /** Absolute path of the file inside the ISO. */
  readonly source: string;
  /** Where on the EFI system partition, as in `espFiles`. Of less than 4 GiB, as FAT has no larger files. */
  readonly path: string;
}

export interface LeftOutItem {
  /** MenuItem.id */
  readonly id: string;
  /** Why, in a few words: `its menu is a script for GRUB`. */
  readonly reason: string;
}

/**
 * How a program starts items of a menu that knows nothing of being watched: it types on the console of the firmware.
 * Only printable ASCII, carriage returns and escape sequences of a terminal are typed.
 */
export interface TypedMenu {
  /** What the console shows, within one line, when the menu is there and takes keys. */
  readonly ready: string;
  /** MenuItem.id → what to type so that the item starts with its `serialArgs` besides its `args`. */
  readonly keys: ReadonlyMap<string, string>;
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
  readonly mirrorLists: AsyncParallelHook<[MirrorListRound]>;
  readonly mirrorStrategies: AsyncSeriesBailHook<[string], OwnedMirrorStrategy | undefined>;
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
    mirrorLists: new AsyncParallelHook(['round']),
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
  /** What the user has set for this plugin, `plugins.options.<id>.<name>`, by name: words that the plugin checks. */
  readonly options: Readonly<Record<string, readonly string[]>>;
  catalogSource(source: CatalogSource): void;
  mirrorList(source: MirrorListSource): void;
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
