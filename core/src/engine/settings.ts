import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { idSchema, webUrlSchema } from '../catalog/atoms.ts';
import { EVIDENCE_LEVELS, type EvidenceLevel } from '../verify/evidence.ts';
import { CATALOG_LAYERS, type CatalogLayer } from './contract/catalog-source.ts';
import { ENGINE_ERRORS } from './engine-errors.ts';
import { failure, messageOf, systemCode } from './errors.ts';
import { describeIssues } from './issues.ts';

export interface Settings {
  readonly plugins: {
    /** Folders of further plugins, besides the bundled and the installed ones. */
    readonly paths: readonly string[];
    /** Ids of plugins to leave out. */
    readonly disabled: readonly string[];
    /** Id → which plugin is meant where two claim it: its folder, relative to the settings file, or its trust tier. */
    readonly use: Readonly<Record<string, string>>;
    readonly npm: NpmSettings;
    /** What plugins can be told, `<plugin>.<name>`: words, which the plugin checks. */
    readonly options: Readonly<Record<string, readonly string[]>>;
  };
  readonly mirrors: MirrorSettings;
  readonly stick: { readonly bootloader: string };
  readonly trust: {
    /** Images with weaker evidence are used only when asked for. */
    readonly minimum: EvidenceLevel;
  };
  readonly downloads: DownloadSettings;
  readonly library: LibrarySettings;
  readonly catalog: CatalogSettings;
  /** Registries that are trusted, besides those that come with Loopstick. */
  readonly registries: readonly RegistrySetting[];
}

export interface CatalogSettings {
  /** All layers of the catalog, the one that counts least first. */
  readonly precedence: readonly CatalogLayer[];
  /** Hours after which sources on the web are asked again by themselves; 0 is never. A source may advise otherwise. */
  readonly refreshHours: number;
  /** For one source, in a sync. */
  readonly deadlineSeconds: number;
  /** A source that loses a larger share of its images at once is not believed. */
  readonly maxLoss: number;
  /** Host → address below which its documents are fetched in its place: a copy of a vendor's site. */
  readonly origins: Readonly<Record<string, string>>;
}

export interface RegistrySetting {
  readonly name: string;
  /** Of the folder that holds `metadata` and `targets`. */
  readonly url: string;
  /** The root of trust: a file, relative to the settings file. */
  readonly root: string;
}

/** Where and how plugins are taken from an npm registry. */
export interface NpmSettings {
  readonly registry: string;
  /** Hours that a release has to be old: most bad ones are found and withdrawn on their first day. */
  readonly minimumAgeHours: number;
}

/**
 * How a file comes to stand in two places. `auto`: shared blocks, else a second name (hard link), else a copy. The
 * others are what is tried before a copy.
 */
export const LINK_WAYS = ['auto', 'reflink', 'hard', 'copy'] as const;

export type LinkWay = (typeof LINK_WAYS)[number];

export interface LibrarySettings {
  readonly link: LinkWay;
  /**
   * Folders that may hold ISOs already; they are searched, with what is below them, before anything is downloaded.
   * Relative to the settings file; `~/` is the user's home.
   */
  readonly search: readonly string[];
}

export interface MirrorSettings {
  /** Name of the strategy that ranks mirrors. */
  readonly strategy: string;
  /** Where the user is: ISO 3166-1, two lower-case letters. Told from the time zone and the language when missing. */
  readonly country?: string | undefined;
  /** Hosts, or addresses of mirrors, that the user wants first, best first. */
  readonly prefer: readonly string[];
  /** Use nothing but those. */
  readonly only: boolean;
  /** Hosts that are never asked for an image. */
  readonly ban: readonly string[];
  /** Mirrors of the user's own, by distribution: addresses below which its files are, as below the vendor's. */
  readonly own: Readonly<Record<string, readonly string[]>>;
  /** Connections to one mirror while others are there as well. */
  readonly connections: number;
  /** Ask vendors which mirrors they have. */
  readonly lists: boolean;
  /** Take also mirrors from such lists that are reached without encryption. What they send is verified all the same. */
  readonly http: boolean;
}

export interface DownloadSettings {
  /** Downloads that run at the same time. */
  readonly simultaneous: number;
  readonly connectionsPerDownload: number;
  readonly connectionsPerHost: number;
  /** Whether an image's own torrents are used beside its mirrors. */
  readonly torrents: boolean;
  /** Bytes a second for all downloads together; as fast as it goes when missing. */
  readonly rateLimit?: number | undefined;
  readonly retry: {
    /** Tries in a row that a mirror has. */
    readonly attempts: number;
    /** Longest wait before the second try. */
    readonly baseMs: number;
    /** By which the wait grows from try to try. */
    readonly factor: number;
    readonly maxMs: number;
    /** HTTP answers after which another try makes sense. */
    readonly statuses: readonly number[];
  };
  /** Seconds without a byte after which a connection is given up. */
  readonly idleSeconds: number;
}

// Which answers pass: RFC 9110 (408, 425, 429, 500 to 504) and what Cloudflare's edges say of their origins (520 to 524).
const PASSING_STATUSES = [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524];

const count = (most: number): z.ZodInt => z.int().min(1).max(most);

const downloadSchema: z.ZodType<DownloadSettings, unknown> = z.strictObject({
  simultaneous: count(64).default(3),
  connectionsPerDownload: count(64).default(16),
  connectionsPerHost: count(64).default(4),
  torrents: z.boolean().default(false),
  rateLimit: z.int().min(1).optional().meta({ unit: 'bytes' }),
  retry: z
    .strictObject({
      attempts: count(100).default(3),
      baseMs: z.number().min(0).default(1000),
      factor: z.number().min(1).default(2),
      maxMs: z.number().min(0).default(60_000),
      statuses: z.array(z.int().min(400).max(599)).default(PASSING_STATUSES),
    })
    .prefault({}),
  idleSeconds: z.number().min(0.1).max(3600).default(15),
});

const host = z.string().trim().min(1).max(500);

const mirrorSchema: z.ZodType<MirrorSettings, unknown> = z.strictObject({
  strategy: z.string().default('adaptive'),
  country: z
    .string()
    .regex(/^[a-z]{2}$/i, 'must be two letters, such as "de"')
    .toLowerCase()
    .optional(),
  prefer: z.array(host).max(100).default([]),
  only: z.boolean().default(false),
  ban: z.array(host).max(1000).default([]),
  own: z.record(z.string(), z.array(z.url({ protocol: /^https?$/ })).max(100)).default({}),
  connections: count(64).default(2),
  lists: z.boolean().default(true),
  http: z.boolean().default(false),
});

const catalogSchema: z.ZodType<CatalogSettings, unknown> = z.strictObject({
  precedence: z
    .array(z.enum(CATALOG_LAYERS))
    .refine((layers) => layers.length === CATALOG_LAYERS.length && new Set(layers).size === layers.length, {
      message: `must name each of ${CATALOG_LAYERS.join(', ')} once`,
    })
    .default([...CATALOG_LAYERS]),
  refreshHours: z.number().min(0).max(8760).default(24),
  deadlineSeconds: z.number().min(0.1).max(3600).default(60),
  maxLoss: z.number().min(0).max(1).default(0.3),
  origins: z.record(z.string(), webUrlSchema).default({}),
});

const npmSchema: z.ZodType<NpmSettings, unknown> = z.strictObject({
  registry: webUrlSchema.default('https://registry.npmjs.org/'),
  minimumAgeHours: z.number().min(0).max(8760).default(24),
});

/** What a settings file may hold. Its description as a JSON Schema is what is known of each setting: setting-keys.ts. */
export const settingsSchema: z.ZodType<Settings, unknown> = z.strictObject({
  plugins: z
    .strictObject({
      paths: z.array(z.string()).default([]),
      disabled: z.array(z.string()).default([]),
      use: z.record(z.string(), z.string()).default({}),
      npm: z.prefault(npmSchema, {}),
      options: z.record(z.string(), z.array(z.string().max(500)).max(100)).default({}),
    })
    .prefault({}),
  mirrors: z.prefault(mirrorSchema, {}),
  stick: z.strictObject({ bootloader: z.string().default('grub') }).prefault({}),
  trust: z.strictObject({ minimum: z.enum(EVIDENCE_LEVELS).default('registry') }).prefault({}),
  downloads: z.prefault(downloadSchema, {}),
  library: z
    .strictObject({ link: z.enum(LINK_WAYS).default('auto'), search: z.array(z.string().min(1)).default([]) })
    .prefault({}),
  catalog: z.prefault(catalogSchema, {}),
  registries: z
    .array(z.strictObject({ name: idSchema, url: webUrlSchema, root: z.string().min(1) }))
    .max(20)
    .default([]),
});

/** The settings file's place. */
export function settingsFile(configDirectory: string): string {
  return join(configDirectory, 'settings.json');
}

/**
 * The user's settings with the defaults filled in; all defaults when there is no file.
 * @throws LoopstickError SETTINGS_INVALID
 */
export async function loadSettings(configDirectory: string): Promise<Settings> {
  const file = settingsFile(configDirectory);
  let json: unknown = {};
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') {
      throw failure(ENGINE_ERRORS.settingsInvalid, { file, problem: messageOf(error) }, { cause: error });
    }
  }
  return parseSettings(json, file);
}

/** @throws LoopstickError SETTINGS_INVALID */
export function parseSettings(json: unknown, file: string): Settings {
  const parsed = settingsSchema.safeParse(json);
  if (!parsed.success) {
    throw failure(ENGINE_ERRORS.settingsInvalid, { file, problem: describeIssues(parsed.error) });
  }
  return parsed.data;
}
