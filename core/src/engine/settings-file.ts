import { readFile, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { LOCK_FILES } from '../download/part/lock-files.ts';
import { releaseLock, takeLock } from '../download/part/take-lock.ts';
import type { Context } from './context.ts';
import { writeFileDurably } from './durable.ts';
import { ENGINE_ERRORS } from './engine-errors.ts';
import { failure, messageOf, systemCode } from './errors.ts';
import { makeFolder } from './make-folder.ts';
import { lookForProcess, processIdentitySchema, thisProcess } from './process-identity.ts';
import type { SettingValue } from './setting-keys.ts';
import { SETTINGS_ERRORS } from './settings-errors.ts';
import { parseSettings, settingsFile, type Settings } from './settings.ts';

/** The settings as they are in the file, without any default. */
export type SettingsDocument = Readonly<Record<string, unknown>>;

/** A change takes a few milliseconds: who has to wait longer waits for something that will not happen. */
const LONGEST_WAIT_MS = 5_000;
const LOOK_AGAIN_MS = 20;

/**
 * What is in the file; empty when there is none.
 * @throws LoopstickError SETTINGS_INVALID
 */
export async function readSettingsDocument(configDirectory: string): Promise<SettingsDocument> {
  const file = settingsFile(configDirectory);
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'));
    parseSettings(json, file);
    return json as SettingsDocument;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return {};
    if (error instanceof SyntaxError || code !== undefined) {
      throw failure(ENGINE_ERRORS.settingsInvalid, { file, problem: messageOf(error) }, { cause: error });
    }
    throw error;
  }
}

/**
 * Changes the settings file as a whole; of two processes that do so at the same time, the second begins with what the
 * first has written. Nothing is written when the outcome would not be valid, or is the same as before.
 * @returns the new settings, with the defaults filled in
 * @throws LoopstickError SETTINGS_INVALID, SETTINGS_BUSY; what `change` throws; the system's own errors
 */
export async function changeSettings(
  { paths, random, clock }: Pick<Context, 'paths' | 'random' | 'clock'>,
  change: (before: SettingsDocument) => SettingsDocument,
  signal: AbortSignal,
): Promise<Settings> {
  const file = settingsFile(paths.config);
  await makeFolder(dirname(file));
  const release = await lock(`${file}.lock`, file, { random, clock }, signal);
  try {
    const before = await readSettingsDocument(paths.config);
    const after = change(before);
    const settings = parseSettings(after, file);
    const text = `${JSON.stringify(after, null, 2)}\n`;
    if (JSON.stringify(before) !== JSON.stringify(after)) {
      // Some keep their settings elsewhere and have a link here, which stays.
      const place = await realpath(file).catch(() => file);
      // Addresses of mirrors may hold passwords: nobody else reads.
      await writeFileDurably(place, text, Buffer.from(random(6)).toString('hex'), 0o600);
    }
    return settings;
  } finally {
    await release();
  }
}

/** What stands there; undefined when nothing does. */
export function valueAt(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined),
    document,
  );
}

/** With this value there; without it, and without the objects that are empty then, when it is undefined. */
export function withValueAt(
  document: SettingsDocument,
  [name = '', ...rest]: readonly string[],
  value: SettingValue | undefined,
): SettingsDocument {
  const inner = Object.hasOwn(document, name) ? document[name] : undefined;
  const next = rest.length === 0 ? value : withValueAt(isObject(inner) ? inner : {}, rest, value);
  const isGone = next === undefined || (isObject(next) && Object.keys(next).length === 0);
  const others = Object.entries(document).filter(([key]) => key !== name || !isGone);
  // As own properties whatever they are called, and in their order.
  return Object.fromEntries(isGone ? others : new Map([...others, [name, next]]));
}

function isObject(value: unknown): value is SettingsDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function lock(
  path: string,
  file: string,
  { random, clock }: Pick<Context, 'random' | 'clock'>,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const token = Buffer.from(random(16)).toString('hex');
  const content = JSON.stringify({ ...(await thisProcess()), token });
  const began = clock();
  while ((await takeLock(LOCK_FILES, path, { content, random, hasEnded })) !== undefined) {
    if (clock() - began > LONGEST_WAIT_MS) throw failure(SETTINGS_ERRORS.busy, { file, lock: path });
    await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => {
      signal.throwIfAborted();
    });
  }
  return () => releaseLock(LOCK_FILES, path, content);
}

async function hasEnded(content: string): Promise<boolean> {
  try {
    const { data } = processIdentitySchema.safeParse(JSON.parse(content));
    return data !== undefined && (await lookForProcess(data)) === 'ended';
  } catch {
    return false;
  }
}
