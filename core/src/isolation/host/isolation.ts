import type { TapDoor } from '../../engine/tap.ts';
import type { PluginManifest } from '../../plugin/plugin-manifest.ts';
import { DEFAULT_ISOLATION, type IsolationLimits } from '../limits.ts';
import { IsolatedPlugin } from './isolated-plugin.ts';
import { RunningProcesses } from './running.ts';
import { findTether } from './tether.ts';

/** The plugins of one engine whose code runs in processes of their own. */
export interface Isolation {
  /** The same one each time. The manifest has an entry. */
  plugin(manifest: PluginManifest): IsolatedPlugin;
  close(): void;
}

export function createIsolation(
  limits: Partial<IsolationLimits>,
  { deadlines, onLoss, options }: Pick<TapDoor, 'deadlines' | 'onLoss' | 'options'>,
  onLost: (id: string, error: unknown) => void,
): Isolation {
  const running = new RunningProcesses();
  const plugins = new Map<string, IsolatedPlugin>();
  let found: Promise<readonly string[]> | undefined;
  const tether = (): Promise<readonly string[]> => (found ??= findTether());
  const shared = { limits: { ...DEFAULT_ISOLATION, ...limits }, deadlines, onLoss, running, tether, options };
  return {
    plugin(manifest) {
      const { id, entry = '' } = manifest;
      const lost = (error: unknown): void => {
        onLost(id, error);
      };
      const plugin = plugins.get(id) ?? new IsolatedPlugin(manifest, entry, { ...shared, onLost: lost });
      plugins.set(id, plugin);
      return plugin;
    },
    close: running.endAll,
  };
}
