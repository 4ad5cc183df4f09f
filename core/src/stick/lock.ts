import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { idSchema, lineSchema, webUrlSchema } from '../catalog/atoms.ts';
import type { Context } from '../engine/context.ts';
import { writeFileDurably } from '../engine/durable.ts';
import { failure, messageOf, systemCode } from '../engine/errors.ts';
import { describeIssues } from '../engine/issues.ts';
import { EVIDENCE_LEVELS, type EvidenceLevel } from '../verify/evidence.ts';
import { STICK_ERRORS } from './stick-errors.ts';

/** Exactly what a wish for an image was resolved to. */
export interface LockedImage {
  /** What the user typed: a reference to the catalog or the path of a file. */
  reference: string;
  id: string;
  name: string;
  size?: number | undefined;
  sha256: string;
  evidence: EvidenceLevel;
  /** Addresses of the file; empty for a file of the user's own. */
  urls: string[];
}

/** All that a stick depends on: the same lock gives the same bytes. */
export interface StickLock {
  schema: 1;
  /** 32 hex digits. */
  seed: string;
  /** ISO 8601, UTC; every timestamp on the stick. */
  createdAt: string;
  title: string;
  /** Size of the image file in bytes; undefined: as large as needed. */
  size?: number | undefined;
  /** Missing in locks from before there was a choice: that of the settings. */
  bootloader?: string | undefined;
  images: LockedImage[];
}

const imageIdSchema = z
  .string()
  .max(300)
  .refine(
    (id) => id.split('/').every((part) => idSchema.safeParse(part.replaceAll('_', '-')).success),
    'is not an image id',
  );

const lockSchema: z.ZodType<StickLock, unknown> = z.strictObject({
  schema: z.literal(1),
  seed: z.string().regex(/^[0-9a-f]{32}$/),
  createdAt: z.iso.datetime(),
  title: lineSchema(120),
  size: z.int().positive().optional(),
  bootloader: lineSchema(100).optional(),
  images: z
    .array(
      z.strictObject({
        reference: z.string().min(1).max(4096),
        id: imageIdSchema,
        name: lineSchema(255),
        size: z.number().int().nonnegative().optional(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        evidence: z.enum(EVIDENCE_LEVELS),
        urls: z.array(webUrlSchema).max(200),
      }),
    )
    .max(200),
});

/** A new lock with a seed that nobody can guess. */
export function createLock(
  { now, random }: Pick<Context, 'now' | 'random'>,
  content: Pick<StickLock, 'title' | 'size' | 'bootloader' | 'images'>,
): StickLock {
  const seconds = Math.floor(now().getTime() / 1000);
  return {
    schema: 1,
    seed: Buffer.from(random(16)).toString('hex'),
    createdAt: new Date(seconds * 1000).toISOString(),
    ...content,
  };
}

/** The lock in a file; undefined when there is none. @throws LoopstickError STICK_LOCK_INVALID */
export async function readLock(file: string): Promise<StickLock | undefined> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    if (systemCode(cause) !== undefined) throw cause;
    throw failure(STICK_ERRORS.lockInvalid, { file, problem: messageOf(cause) }, { cause });
  }
  const parsed = lockSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw failure(STICK_ERRORS.lockInvalid, { file, problem: describeIssues(parsed.error) });
}

/** Replaces the lock file as a whole. */
export async function writeLock(file: string, lock: StickLock, { random }: Pick<Context, 'random'>): Promise<void> {
  await writeFileDurably(file, `${JSON.stringify(lock, null, 2)}\n`, Buffer.from(random(4)).toString('hex'));
}
