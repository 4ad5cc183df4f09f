import { z } from 'zod';

import { isLoopstickError, LoopstickError, messageOf, systemCode, type ErrorCategory } from '../../engine/errors.ts';
import { HASH_ALGORITHMS } from '../../verify/digests.ts';
import type { DownloadJob } from '../job.ts';
import { DOWNLOAD_STATES, type DownloadState } from './state.ts';

export const REQUESTS = ['pause', 'resume', 'cancel'] as const;

/** What another process asks of the one that downloads. */
export type JobRequest = (typeof REQUESTS)[number];

/** A download of the queue, as recorded. Sizes are bytes. */
export interface JobRecord {
  readonly id: string;
  readonly label: string;
  readonly destination: string;
  /** What to download; undefined when the record cannot be read. */
  readonly job: DownloadJob | undefined;
  readonly state: DownloadState;
  /** Why it was paused or failed, where there is more to say. */
  readonly reason: Reason | undefined;
  /** Higher ones start first. */
  readonly priority: number;
  /** Bytes a second for this download alone. */
  readonly rateLimit: number | undefined;
  readonly request: JobRequest | undefined;
  /** The process that has it in its queue, which may have ended without saying so. */
  readonly owner: { readonly id: number; readonly pid: number; readonly host: string } | undefined;
  readonly done: number;
  readonly total: number | undefined;
  /** Bytes a second at `updatedAt`; 0 when it does not run. */
  readonly speed: number;
  /** Over all runs. */
  readonly received: number;
  /** Milliseconds that it ran. */
  readonly busyMs: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
}

/** An error as it is recorded. */
export interface Reason {
  readonly code: string | undefined;
  readonly message: string;
  readonly hint: string;
  readonly category: ErrorCategory | undefined;
}

const CATEGORIES = [
  ...['internal', 'usage', 'not-found', 'bad-input', 'verification', 'network', 'space', 'target-refused'],
  ...['missing-tool', 'plugin', 'system', 'interrupted'],
] as readonly ErrorCategory[];

const reasonSchema: z.ZodType<Reason, unknown> = z
  .object({
    code: z.string().max(100).optional(),
    message: z.string(),
    hint: z.string().default(''),
    category: z.enum(CATEGORIES as [ErrorCategory]).optional(),
  })
  .transform(({ code, category, ...rest }) => ({ ...rest, code, category }));

const hex = z.string().regex(/^[0-9a-f]+$/);
const digestShape = Object.fromEntries(HASH_ALGORITHMS.map((algorithm) => [algorithm, hex.optional()]));

const jobSchema: z.ZodType<DownloadJob, unknown> = z.object({
  label: z.string(),
  urls: z.array(z.string()),
  image: z
    .object({
      ...{ id: z.string(), distribution: z.string(), version: z.string(), variant: z.string(), arch: z.string() },
      file: z.string(),
      urls: z.array(z.string()),
    })
    .optional(),
  size: z.int().nonnegative().optional(),
  digests: z.object(digestShape),
  pieces: z
    .object({ algorithm: z.enum(HASH_ALGORITHMS), length: z.int().positive(), digests: z.array(hex) })
    .optional(),
  destination: z.string(),
  replace: z.boolean().optional(),
});

const time = z.number().transform((ms) => new Date(ms));
const nothing = <T, I>(schema: z.ZodType<T, I>): z.ZodType<T | undefined, I | null> =>
  schema.nullable().transform((value) => value ?? undefined);

const rowSchema = z.object({
  id: z.string(),
  label: z.string(),
  destination: z.string(),
  spec: z.string(),
  state: z.enum(DOWNLOAD_STATES),
  reason: nothing(z.string()),
  priority: z.number(),
  rate_limit: nothing(z.number()),
  request: nothing(z.enum(REQUESTS)),
  owner: nothing(z.number()),
  identity: nothing(z.string()),
  done: z.number().transform((bytes) => Math.max(0, bytes)),
  // What cannot be is not known.
  total: nothing(z.number()).transform((bytes) => (bytes === undefined || bytes < 0 ? undefined : bytes)),
  speed: z.number(),
  received: z.number(),
  busy_ms: z.number(),
  created_at: time,
  updated_at: time,
  started_at: nothing(time),
  finished_at: nothing(time),
});

const identitySchema = z.object({ pid: z.number(), host: z.string() });

/** A row of `jobs` with its owner's `identity`; undefined when it makes no sense, as that of a newer program may. */
export function parseRecord(row: unknown): JobRecord | undefined {
  const parsed = rowSchema.safeParse(row).data;
  if (parsed === undefined) return undefined;
  const { spec, reason, rate_limit, owner, identity, busy_ms, ...rest } = parsed;
  const { id, label, destination, state, priority, request, done, total, speed, received } = rest;
  const { created_at: createdAt, updated_at: updatedAt, started_at: startedAt, finished_at: finishedAt } = rest;
  const process = parseJson(identitySchema, identity);
  return {
    ...{ id, label, destination, state, priority, request, done, total, speed, received },
    ...{ createdAt, updatedAt, startedAt, finishedAt, rateLimit: rate_limit, busyMs: busy_ms },
    job: parseJson(jobSchema, spec),
    reason: parseJson(reasonSchema, reason),
    owner: owner === undefined || process === undefined ? undefined : { id: owner, ...process },
  };
}

function parseJson<T>(schema: z.ZodType<T, unknown>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function reasonFrom(error: unknown): Reason {
  if (isLoopstickError(error)) {
    const { code, message, hint, category } = error;
    return { code, message, hint, category };
  }
  return { code: systemCode(error), message: messageOf(error), hint: '', category: undefined };
}

/** The error again: with its code and, when it was one of ours, its category and hint. */
export function errorFrom({ code, message, hint, category }: Reason): Error {
  if (code !== undefined && category !== undefined) return new LoopstickError({ code, category, message, hint }, {});
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
