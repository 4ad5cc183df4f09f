/** When the sources on the web are to be asked again. */
import { join } from 'node:path';

import { z } from 'zod';

import type { Context } from '../../engine/context.ts';
import { writeFileDurably } from '../../engine/durable.ts';
import { makeFolder } from '../../engine/make-folder.ts';
import { readRegularFile } from '../../engine/regular-file.ts';
import type { StoredFreshness } from '../store/stored-source.ts';

/** Times are ISO 8601. */
export interface SourceSchedule {
  readonly due: string;
  /** In a row. */
  readonly failures: number;
  /** What went wrong last, when it did. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string } | undefined;
}

export interface Schedule {
  readonly format: 1;
  /** When a sync last ended. */
  readonly attempted: string;
  readonly sources: Readonly<Record<string, SourceSchedule>>;
}

const time = z.iso.datetime();
const text = z.string().max(5000);

const scheduleSchema: z.ZodType<Schedule, unknown> = z.object({
  format: z.literal(1),
  attempted: time,
  sources: z.record(
    z.string(),
    z.object({
      due: time,
      failures: z.int().min(0),
      error: z.object({ code: text, message: text, hint: text }).optional(),
    }),
  ),
});

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What a source may advise: whoever is asked more often than this is asked by everybody. */
const SHORTEST_MS = HOUR_MS;
const LONGEST_MS = 7 * DAY_MS;
/** Without advice, so that not all the world asks at the same time. */
const USUAL_JITTER_MS = HOUR_MS;

/** After a failure; twice as long after each further one. */
const FIRST_RETRY_MS = 15 * MINUTE_MS;

/** What was noted last; nothing when that cannot be read, which only means that a sync is due. */
export async function readSchedule({ paths }: Pick<Context, 'paths'>): Promise<Schedule | undefined> {
  try {
    return scheduleSchema.safeParse(JSON.parse(String(await readRegularFile(scheduleFile(paths))))).data;
  } catch {
    return undefined;
  }
}

/** @throws the system's own errors */
export async function writeSchedule({ paths, random }: Pick<Context, 'paths' | 'random'>, to: Schedule): Promise<void> {
  await makeFolder(paths.state);
  await writeFileDurably(scheduleFile(paths), JSON.stringify(to), Buffer.from(random(6)).toString('hex'));
}

/**
 * When a source that has just been read is to be asked again: as it advises, within bounds, else after the usual time.
 * @param chance from 0 to 1
 */
export function nextReading(now: Date, advice: StoredFreshness, refreshHours: number, chance: number): Date {
  const { refreshMinutes, jitterMinutes, expires } = advice;
  const usual = (refreshHours || 24) * HOUR_MS;
  const interval = refreshMinutes === undefined ? usual : clamp(refreshMinutes * MINUTE_MS, SHORTEST_MS, LONGEST_MS);
  const jitter = jitterMinutes === undefined ? USUAL_JITTER_MS : clamp(jitterMinutes * MINUTE_MS, 0, DAY_MS);
  const due = now.getTime() + interval + chance * jitter;
  // What is about to run out is not worth waiting for; what has run out is asked for as often as is decent.
  const end = expires === undefined ? due : Math.max(Date.parse(expires), now.getTime() + SHORTEST_MS);
  return new Date(Math.min(due, end));
}

export function nextRetry(now: Date, failures: number): Date {
  return new Date(now.getTime() + Math.min(DAY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1)));
}

/** Whether the sources on the web should be asked by themselves now. */
export function isDue(schedule: Schedule | undefined, now: Date, refreshHours: number): boolean {
  if (refreshHours === 0) return false;
  if (schedule === undefined) return true;
  const at = now.getTime();
  const attempted = Date.parse(schedule.attempted);
  // A clock that was set back would otherwise keep everything as it is until it has caught up.
  if (attempted > at + DAY_MS) return true;
  const due = Object.values(schedule.sources).some((source) => Date.parse(source.due) <= at);
  // Sources that were added since then are in no schedule.
  return due || (Object.keys(schedule.sources).length === 0 && attempted + refreshHours * HOUR_MS <= at);
}

function scheduleFile(paths: Context['paths']): string {
  return join(paths.state, 'catalog-sync.json');
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
