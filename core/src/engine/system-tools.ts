import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import type { Engine } from './engine.ts';
import { toolPath } from './run.ts';
import { toolsSchema, type PackageManager, type SystemTool } from './tool-schema.ts';

export interface ToolStatus {
  readonly tool: SystemTool;
  /** The plugin that relies on it; undefined when Loopstick itself does. */
  readonly pluginId: string | undefined;
  /** Where it was found. */
  readonly path: string | undefined;
}

/**
 * Looks for each tool on the PATH, system folders included: those that Loopstick itself runs and those that the
 * manifests of the enabled plugins name. With `bootloader` without those of plugins for other bootloaders.
 * @throws LoopstickError PLUGIN_NOT_FOUND when there is no such bootloader
 */
export async function findTools(
  engine: Pick<Engine, 'context' | 'plugins' | 'bootloader'>,
  bootloader?: string,
): Promise<ToolStatus[]> {
  const chosen = bootloader === undefined ? undefined : await engine.bootloader(bootloader);
  const used = engine.plugins.filter(
    ({ manifest, state }) =>
      state !== 'disabled' &&
      (chosen === undefined || !manifest.hooks.has('bootloaders') || manifest.id === chosen.pluginId),
  );
  const wanted = [
    ...(await ownTools()).map((tool) => ({ tool, pluginId: undefined })),
    ...used.flatMap(({ manifest }) => manifest.tools.map((tool) => ({ tool, pluginId: manifest.id }))),
  ];
  const { env } = engine.context;
  return Promise.all(wanted.map(async (each) => ({ ...each, path: await findAny(each.tool.anyOf, env) })));
}

/** What core runs, from a data file that the set-up of a fresh checkout reads too, before anything is built. */
async function ownTools(): Promise<SystemTool[]> {
  const file = new URL('../../system-tools.json', import.meta.url);
  return toolsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

async function findAny(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  for (const name of names) {
    const places = name.startsWith('/')
      ? [name]
      : toolPath(env['PATH'])
          .split(delimiter)
          .map((folder) => join(folder, name));
    for (const place of places) {
      const found = await access(place, name.startsWith('/') ? constants.R_OK : constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return place;
    }
  }
  return undefined;
}

/** The command that installs what is missing, per package manager; empty for a manager that has none of it. */
export function installCommands(missing: readonly SystemTool[]): Record<PackageManager, string> {
  const verbs: Record<PackageManager, string> = {
    apt: 'sudo apt-get install',
    dnf: 'sudo dnf install',
    pacman: 'sudo pacman -S',
    zypper: 'sudo zypper install',
    brew: 'brew install',
  };
  const command = (manager: PackageManager): string => {
    const names = [...new Set(missing.flatMap(({ packages }) => packages[manager] ?? []))];
    return names.length === 0 ? '' : `${verbs[manager]} ${names.join(' ')}`;
  };
  return {
    apt: command('apt'),
    dnf: command('dnf'),
    pacman: command('pacman'),
    zypper: command('zypper'),
    brew: command('brew'),
  };
}
