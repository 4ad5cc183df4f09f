/** What is remembered of a registry: one small file, which changes as a whole, and the documents that it named. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import {
  describeIssues,
  failure,
  makeFolder,
  messageOf,
  systemCode,
  writeFileDurably,
  type Context,
} from '@loopstick/core';
import { z } from 'zod';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import type { MetadataTexts, TargetFacts } from './metadata-view.ts';
import type { SeenMetadata } from './verify-metadata.ts';

export interface RegistryState {
  schema: 1;
  /** SHA-256 of the root that all of this rests upon. */
  anchor: string;
  /** The roots that followed it, oldest first. */
  roots: string[];
  /** The newest that was ever verified: older ones are refused, also where a newer state could not be had completely. */
  seen: SeenMetadata;
  /** The newest state that was there completely. */
  good?: GoodState | undefined;
}

export interface GoodState {
  texts: MetadataTexts;
  /** When the registry itself gave it. */
  retrieved: Date;
  /** The root of trust at that time, as `anchor` above. */
  anchor: string;
  /** The mark by which the host knows this state again. */
  mark: string;
}

const text = z.string();
const stateSchema: z.ZodType<RegistryState, unknown> = z.object({
  schema: z.literal(1),
  anchor: z.string(),
  roots: z.array(text),
  seen: z.object({ timestamp: text.optional(), snapshot: text.optional(), targets: text.optional() }),
  good: z
    .object({
      texts: z.object({ root: text, targets: text, snapshot: text, timestamp: text }),
      retrieved: z.iso.datetime().transform((moment) => new Date(moment)),
      anchor: z.string(),
      mark: z.string(),
    })
    .optional(),
});

export function stateFolder({ data }: Context['paths'], registry: string): string {
  return join(data, 'registries', registry);
}

/**
 * What is remembered; nothing when it rests upon another root of trust, unless that one is among those that followed.
 * What was seen stays even then: it counts as far as the new root vouches for it.
 * @throws LoopstickError REGISTRY_STATE_DAMAGED: to forget what was seen would open the way to older data
 */
export async function readState(folder: string, registry: string, anchor: string): Promise<RegistryState> {
  const digest = sha256(anchor);
  const state = await readStateFile(folder, registry);
  if (state === undefined) return { schema: 1, anchor: digest, roots: [], seen: {} };
  if (state.anchor === digest) return state;
  const at = state.roots.findIndex((root) => sha256(root) === digest);
  return { ...state, anchor: digest, roots: at < 0 ? [] : state.roots.slice(at + 1) };
}

export async function writeState(
  folder: string,
  state: RegistryState,
  { random }: Pick<Context, 'random'>,
): Promise<void> {
  await makeFolder(folder);
  await writeFileDurably(join(folder, STATE), `${JSON.stringify(state)}\n`, Buffer.from(random(6)).toString('hex'));
}

const STATE = 'state.json';
const TARGETS = 'targets';

async function readStateFile(folder: string, registry: string): Promise<RegistryState | undefined> {
  const file = join(folder, STATE);
  try {
    const parsed = stateSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (parsed.success) return parsed.data;
    throw new Error(describeIssues(parsed.error));
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT') return undefined;
    if (code !== undefined) throw cause;
    throw failure(REGISTRY_ERRORS.stateDamaged, { registry, file, problem: messageOf(cause) }, { cause });
  }
}

/** A document that was fetched before, if it is the one that is wanted. */
export async function keptTarget(folder: string, wanted: TargetFacts): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(join(folder, TARGETS, wanted.sha256));
    return isTarget(bytes, wanted) ? bytes : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function keepTarget(
  folder: string,
  bytes: Uint8Array,
  { sha256: name }: TargetFacts,
  { random }: Pick<Context, 'random'>,
): Promise<void> {
  await makeFolder(join(folder, TARGETS));
  await writeFileDurably(join(folder, TARGETS, name), bytes, Buffer.from(random(6)).toString('hex'));
}

/** Removes the documents that nothing names any more. */
export async function dropTargets(folder: string, kept: readonly (TargetFacts | undefined)[]): Promise<void> {
  const names = new Set(kept.map((target) => target?.sha256));
  const path = join(folder, TARGETS);
  await makeFolder(path);
  for (const name of await readdir(path)) if (!names.has(name)) await rm(join(path, name), { force: true });
}

export function isTarget(bytes: Uint8Array, { length, sha256: wanted }: TargetFacts): boolean {
  return bytes.length === length && sha256(bytes) === wanted;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
