import type { PluginHome } from './plugin-home.ts';
import type { PluginLock } from './plugin-lock.ts';
import { holdersOf, readRegistries } from './registry-plugins.ts';

/** That a registry has taken a plugin out, which goes on working where it is installed. */
export interface Withdrawal {
  readonly registry: string;
  readonly reason: string;
}

/**
 * Which of these plugins were taken out of the registry that they came from, by id, as far as it is known without asking
 * anybody. What cannot be read of a registry is for others to tell.
 */
export async function withdrawnPlugins(
  { registries, context }: Pick<PluginHome, 'registries' | 'context'>,
  lock: PluginLock,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Withdrawal>> {
  const own = Object.entries(lock).flatMap(([id, { source }]) =>
    source.type === 'registry' ? [{ id, name: source.registry }] : [],
  );
  const asked = registries.filter((registry) => own.some(({ name }) => name === registry.name));
  const { registries: known } = await readRegistries(asked, context, { offline: true, current: false, signal });
  const found = own.flatMap(({ id, name }): [string, Withdrawal][] => {
    const [plugin] = holdersOf(known, id).filter(({ holder }) => holder.registry.name === name);
    const reason = plugin?.plugin.removed?.reason;
    return reason === undefined ? [] : [[id, { registry: name, reason }]];
  });
  return new Map(found);
}
