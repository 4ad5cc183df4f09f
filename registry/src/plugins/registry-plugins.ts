/** The plugins of the registries that are trusted: their indexes as they are now, or as they were read last. */
import { failure, isLoopstickError, type CatalogReadRequest, type Context, type LoopstickError } from '@loopstick/core';

import { fetchTarget } from '../client/catalog-documents.ts';
import { readRegistry, verifiedCopy, type RegistryCopy } from '../client/read-registry.ts';
import type { TrustedRegistry } from '../client/trusted-registries.ts';
import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { indexedPlugin, type IndexedPlugin, type IndexedRelease } from '../tuf/plugin-index.ts';
import { packageTarget } from '../tuf/roles.ts';
import type { FoundPackage } from './found-package.ts';
import { TARBALL_LIMIT } from './package-files.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';
import { integrityOf } from './package-files.ts';
import { readTarball } from './read-tarball.ts';

type Outer = Pick<Context, 'paths' | 'random' | 'now' | 'fetchDocument'>;

/** One registry, verified. */
export interface RegistryPlugins {
  readonly registry: TrustedRegistry;
  readonly copy: RegistryCopy;
}

export interface ReadPlugins {
  readonly registries: readonly RegistryPlugins[];
  /** Why others could not be read, or only a copy could: what there is counts all the same. */
  readonly problems: readonly LoopstickError[];
}

/**
 * Reads all registries, unless what is here is young enough by the registry's own advice.
 * @param offline nothing is fetched
 * @param current what is here is never young enough: for installing, which has to know what is blocked
 */
export async function readRegistries(
  registries: readonly TrustedRegistry[],
  context: Outer,
  { offline, current, signal }: { readonly offline: boolean; readonly current: boolean; readonly signal: AbortSignal },
): Promise<ReadPlugins> {
  const problems: LoopstickError[] = [];
  const read = await Promise.all(
    registries.map(async (registry) => {
      try {
        const copy = await verifiedCopy(registry, context);
        if (copy !== undefined && (offline || (!current && isYoung(copy, context.now())))) return { registry, copy };
        if (offline) return undefined;
        try {
          return { registry, copy: await readRegistry(registry, webRequest(context, signal), context) };
        } catch (error) {
          signal.throwIfAborted();
          if (!isLoopstickError(error)) throw error;
          problems.push(error);
          return copy && { registry, copy };
        }
      } catch (error) {
        if (!isLoopstickError(error)) throw error;
        problems.push(error);
        return undefined;
      }
    }),
  );
  return { registries: read.filter((each) => each !== undefined), problems };
}

/** A release of a plugin, fetched and verified. @throws LoopstickError as fetchTarget; PLUGIN_INTEGRITY; of readTarball */
export async function fromRegistry(
  { registry, copy }: RegistryPlugins,
  id: string,
  release: IndexedRelease,
  context: Outer,
  signal: AbortSignal,
): Promise<FoundPackage> {
  const { name, url } = registry;
  const target = packageTarget(id, release.version);
  const facts = copy.view.packages.get(target);
  if (facts === undefined) throw failure(REGISTRY_ERRORS.targetMissing, { registry: name, file: target });
  const { fetch } = webRequest(context, signal);
  const tarball = await fetchTarget(name, url, target, facts, fetch, TARBALL_LIMIT);
  const integrity = integrityOf(tarball);
  const packageName = `${id}-${release.version}.tgz`;
  if (integrity !== release.integrity) throw failure(PLUGIN_ERRORS.integrity, { package: packageName });
  return {
    name: packageName,
    files: await readTarball(tarball, packageName),
    source: { type: 'registry', registry: name },
    resolved: `${url}/targets/${target}`,
    integrity,
    announced: { id, ...release },
  };
}

/** The plugin with this id in each registry that has one. */
export function holdersOf(
  registries: readonly RegistryPlugins[],
  id: string,
): { readonly holder: RegistryPlugins; readonly plugin: IndexedPlugin }[] {
  return registries.flatMap((holder) => {
    const plugin = indexedPlugin(holder.copy.index, id);
    return plugin === undefined ? [] : [{ holder, plugin }];
  });
}

function isYoung({ retrieved, view }: RegistryCopy, now: Date): boolean {
  const age = now.getTime() - retrieved.getTime();
  return age >= 0 && age < (view.description?.refresh.intervalMinutes ?? 0) * 60_000 && now < view.freshUntil;
}

function webRequest(
  { fetchDocument, now }: Outer,
  signal: AbortSignal,
): Pick<CatalogReadRequest, 'fetch' | 'fetchFirst' | 'signal' | 'now'> {
  const fetch: CatalogReadRequest['fetch'] = async (url, { maxBytes = TARBALL_LIMIT, accept } = {}) =>
    fetchDocument({ url, maxBytes, accept, signal });
  return { signal, now: now(), fetch, fetchFirst: fetch };
}
