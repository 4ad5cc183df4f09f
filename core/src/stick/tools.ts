import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { toolPath } from '../engine/run.ts';

export const PACKAGE_MANAGERS = ['apt', 'dnf', 'pacman', 'zypper', 'brew'] as const;
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

/** A program or file of the system that Loopstick relies on. */
export interface SystemTool {
  readonly name: string;
  readonly purpose: string;
  /** What cannot be done without it. */
  readonly neededFor: 'build' | 'boot';
  /** Names of the program, or absolute paths of a file; one that is there is enough. */
  readonly anyOf: readonly string[];
  /** The package that brings it; managers that have none are left out. */
  readonly packages: Readonly<Partial<Record<PackageManager, string>>>;
}

/** The tools, from a data file that the set-up of a fresh checkout reads too, before anything is built. */
async function systemTools(): Promise<SystemTool[]> {
  const file = new URL('../../system-tools.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as SystemTool[];
}

export interface ToolStatus {
  readonly tool: SystemTool;
  /** Where it was found. */
  readonly path: string | undefined;
}

/** Looks for each tool on the PATH, system folders included. */
export async function findTools(env: Readonly<Record<string, string | undefined>>): Promise<ToolStatus[]> {
  const tools = await systemTools();
  return Promise.all(tools.map(async (tool) => ({ tool, path: await findAny(tool.anyOf, env) })));
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
