import { open, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import { covers } from '../isolation/wire/covers.ts';
import { failure, reasonOf, type LoopstickError } from '../engine/errors.ts';
import { describeIssues } from '../engine/issues.ts';
import { formatBytes } from '../engine/units.ts';
import { documentIn } from '../plugin/own-document.ts';
import type { TrustedKey } from '../verify/signature/trusted-key.ts';
import { versionFits } from './description-atoms.ts';
import { addressesOf } from './description-hosts.ts';
import { descriptionSchema, type DistributionDescription, type KeyRule } from './description.ts';
import { DISTRIBUTION_ERRORS } from './distribution-errors.ts';

/** The largest of those that come with Loopstick has 20 KiB. */
export const DESCRIPTION_LIMIT: number = 512 * 1024;
const KEY_LIMIT = 1024 * 1024;

/** What a plugin's manifest says, as far as it matters here. */
export interface DescriptionOwner {
  readonly id: string;
  /** The plugin's folder. */
  readonly directory: string;
  /** Absolute path of the document. */
  readonly file: string;
  readonly hosts: readonly string[];
}

/** A description that was read and checked, with the plugin that it belongs to. */
export interface LoadedDescription {
  readonly pluginId: string;
  readonly description: DistributionDescription;
  /** The hosts that its manifest names. */
  readonly hosts: readonly string[];
  /** The keys that may sign lists of these versions. */
  keysFor(versions: readonly string[]): Promise<readonly TrustedKey[]>;
  /** True when this key may sign a list of this version. */
  maySign(fingerprint: string, version: string): boolean;
}

/**
 * Reads a plugin's description.
 * @throws LoopstickError DISTRIBUTION_INVALID, DISTRIBUTION_TOO_LARGE, DISTRIBUTION_UNREADABLE
 */
export async function loadDescription(owner: DescriptionOwner): Promise<LoadedDescription> {
  const { id: pluginId, directory, file, hosts } = owner;
  const name = relative(directory, file);
  const bytes = await readInside(owner, name, DESCRIPTION_LIMIT);
  const invalid = (problem: string, cause?: unknown): LoopstickError =>
    failure(DISTRIBUTION_ERRORS.invalid, { plugin: pluginId, file: name, problem }, { pluginId, cause });
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(reasonOf(cause), cause);
  }
  const parsed = descriptionSchema.safeParse(documentIn(json, file, 'distribution'));
  if (!parsed.success) throw invalid(describeIssues(parsed.error), parsed.error);
  const description = parsed.data;
  const foreign = addressesOf(description).find(({ url }) => !hosts.some((host) => covers(host, url)));
  if (foreign !== undefined) {
    throw invalid(
      `${foreign.place}: ${foreign.url.host} is not among the hosts in "permissions.hosts" of its manifest`,
    );
  }
  const keys = new Map<KeyRule, Promise<TrustedKey>>();
  const loaded = async (rule: KeyRule): Promise<TrustedKey> => {
    const known = keys.get(rule) ?? readKey(owner, rule);
    keys.set(rule, known);
    return known;
  };
  const fits = ({ releases }: KeyRule, version: string): boolean =>
    releases === undefined || releases.some((rule) => versionFits(rule, version));
  return {
    pluginId,
    description,
    hosts,
    keysFor: (versions) =>
      Promise.all(description.keys.filter((rule) => versions.some((version) => fits(rule, version))).map(loaded)),
    maySign: (fingerprint, version) =>
      description.keys.some((rule) => rule.fingerprint === fingerprint && fits(rule, version)),
  };
}

async function readKey(
  owner: DescriptionOwner,
  { fingerprint, file, armoured, expired }: KeyRule,
): Promise<TrustedKey> {
  // The schema wants one of the two.
  const material = file === undefined ? Buffer.from(armoured ?? '') : await readInside(owner, file, KEY_LIMIT);
  return expired === undefined ? { fingerprint, material } : { fingerprint, material, expired };
}

/**
 * A file of the plugin, which no link may lead out of its folder.
 * @throws LoopstickError DISTRIBUTION_TOO_LARGE, DISTRIBUTION_UNREADABLE
 */
export async function readInside(
  owner: Pick<DescriptionOwner, 'id' | 'directory'>,
  name: string,
  limit: number,
): Promise<Uint8Array> {
  const { id: plugin, directory } = owner;
  const unreadable = (problem: string, cause?: unknown): LoopstickError =>
    failure(DISTRIBUTION_ERRORS.unreadable, { plugin, file: name, problem }, { cause, pluginId: plugin });
  try {
    const path = await realpath(join(directory, name));
    const root = await realpath(directory);
    if (!path.startsWith(`${root}${sep}`)) throw unreadable('it leads out of the folder of the plugin');
    const handle = await open(path, 'r');
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw unreadable('it is no file');
      if (stat.size > limit) {
        const values = { plugin, file: name, limit: formatBytes(limit) };
        throw failure(DISTRIBUTION_ERRORS.tooLarge, values, { pluginId: plugin });
      }
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'LoopstickError') throw error;
    throw unreadable(reasonOf(error), error);
  }
}
