/** Which registries the user trusts: in the settings, with a copy of each root beside them. */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

import {
  changeSettings,
  failure,
  forgetSource,
  loadSettings,
  makeFolder,
  reasonOf,
  writeFileDurably,
  type Context,
  type RegistrySetting,
} from '@loopstick/core';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { sourceName } from './registry-source.ts';
import { stateFolder } from './registry-state.ts';
import { rootFacts, type RootFacts } from './root-facts.ts';
import { baseAddress, trustedRegistries } from './trusted-registries.ts';

type Outer = Pick<Context, 'paths' | 'random' | 'clock'>;

export interface NewRegistry {
  readonly name: string;
  readonly url: string;
  readonly rootFile: string;
}

/** A root is a few kilobytes; more is something else. */
const MOST_ROOT_BYTES = 64 * 1024;

/**
 * Trusts a registry from now on. Its root is copied, so the file may go.
 * @throws LoopstickError REGISTRY_BAD_NAME, REGISTRY_BAD_ADDRESS, REGISTRY_ROOT_UNUSABLE, REGISTRY_NAME_TAKEN; those of
 *   changeSettings; the system's own errors
 */
export async function trustRegistry(
  { name, url, rootFile }: NewRegistry,
  context: Outer,
  signal: AbortSignal,
): Promise<RootFacts & RegistrySetting> {
  requireName(name);
  requireAddress(url);
  const text = await readRoot(rootFile);
  const facts = rootFacts(text, rootFile);
  const setting = { name, url: baseAddress(url), root: join('registries', `${name}.root.json`) };
  const { config } = context.paths;
  const present = (await trustedRegistries(await loadSettings(config), { config })).find((each) => each.name === name);
  if (present !== undefined) {
    const isSame = present.url === setting.url && (await present.root().catch(() => '')) === text;
    if (!isSame) throw failure(REGISTRY_ERRORS.nameTaken, { registry: name });
    return { ...facts, ...setting };
  }
  await makeFolder(join(config, 'registries'));
  await writeFileDurably(join(config, setting.root), text, Buffer.from(context.random(6)).toString('hex'));
  await changeSettings(context, (before) => ({ ...before, registries: [...listed(before), setting] }), signal);
  return { ...facts, ...setting };
}

/**
 * Trusts it no more, and forgets all that was read of it.
 * @throws LoopstickError REGISTRY_UNKNOWN; those of changeSettings; the system's own errors
 */
export async function untrustRegistry(name: string, context: Outer, signal: AbortSignal): Promise<void> {
  const { registries } = await loadSettings(context.paths.config);
  const setting = registries.find((each) => each.name === name);
  if (setting === undefined) {
    const known = registries.map((each) => each.name).join(', ') || 'none of your own';
    throw failure(REGISTRY_ERRORS.unknown, { registry: name, known });
  }
  await changeSettings(
    context,
    (before) => {
      const { registries: _, ...others } = before;
      const rest = listed(before).filter((each) => each.name !== name);
      return rest.length === 0 ? others : { ...before, registries: rest };
    },
    signal,
  );
  const own = join('registries', `${name}.root.json`);
  if (setting.root === own) await rm(join(context.paths.config, own), { force: true });
  await rm(stateFolder(context.paths, name), { recursive: true, force: true });
  await forgetSource(context, sourceName(name));
}

/** The settings were valid when they were read. */
function listed(document: Readonly<Record<string, unknown>>): readonly RegistrySetting[] {
  return (document['registries'] ?? []) as readonly RegistrySetting[];
}

function requireName(name: string): void {
  if (name.length > 64 || !/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/.test(name)) {
    throw failure(REGISTRY_ERRORS.badName, { name, what: 'a registry' });
  }
}

function requireAddress(url: string): void {
  const problem = addressProblem(url);
  if (problem !== undefined) throw failure(REGISTRY_ERRORS.badAddress, { url, problem });
}

function addressProblem(url: string): string | undefined {
  if (!/^https?:\/\/[\x21-\x7e]+$/.test(url) || !URL.canParse(url)) return 'it is not an http or https address';
  const { username, password, search, hash } = new URL(url);
  if (username !== '' || password !== '') return 'it has a name or a password in it';
  return search === '' && hash === '' ? undefined : 'it goes on behind the folder';
}

async function readRoot(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size > MOST_ROOT_BYTES) throw new Error('it is too large');
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw failure(REGISTRY_ERRORS.rootUnusable, { file, problem: reasonOf(cause) }, { cause });
  }
}
