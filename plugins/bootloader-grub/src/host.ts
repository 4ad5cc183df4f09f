import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import {
  ENGINE_ERRORS,
  failure,
  isLoopstickError,
  type RunOptions,
  type Runner,
  type RunResult,
} from '@loopstick/core';

import { GRUB_ERRORS } from './errors.ts';
import type { Platform } from './platforms.ts';

/** Where a distribution keeps GRUB's parts; the manifest declares the same paths. */
export interface GrubHost {
  /** Folders that hold one module folder per platform, the best first. */
  readonly moduleRoots: readonly string[];
  /** Where the font of the graphical menu may be. */
  readonly fonts: readonly string[];
}

export const SYSTEM_HOST: GrubHost = {
  // Debian, Ubuntu, Arch and Fedora; other 64-bit layouts; openSUSE.
  moduleRoots: ['/usr/lib/grub', '/usr/lib64/grub', '/usr/lib/grub2', '/usr/share/grub2'],
  fonts: ['/usr/share/grub/unicode.pf2', '/usr/share/grub2/unicode.pf2'],
};

/** A platform's module folder, with the modules to embed, in a fixed order. */
export interface ModuleFolder {
  readonly path: string;
  readonly modules: readonly string[];
}

/** @throws LoopstickError GRUB_PLATFORM_MISSING, GRUB_MODULE_MISSING */
export async function findModules(platform: Platform, host: GrubHost): Promise<ModuleFolder> {
  for (const root of host.moduleRoots) {
    const path = join(root, platform.format);
    const files = new Set(await readdir(path).catch(() => []));
    // Debian's grub-common alone leaves folders that hold no modules.
    if (!files.has('kernel.img')) continue;
    const missing = platform.required.filter((module) => !files.has(`${module}.mod`));
    if (missing.length > 0) {
      const values = { folder: path, modules: missing.join(', '), package: platform.debianPackage };
      throw failure(GRUB_ERRORS.moduleMissing, values);
    }
    const optional = platform.optional.filter((module) => files.has(`${module}.mod`));
    return { path, modules: [...platform.required, ...optional] };
  }
  throw failure(GRUB_ERRORS.platformMissing, {
    firmware: platform.firmware,
    format: platform.format,
    searched: host.moduleRoots.join(', '),
    package: platform.debianPackage,
  });
}

/** The menu's font on this machine, if there is one. */
export async function findFont(host: GrubHost): Promise<string | undefined> {
  for (const path of host.fonts) {
    const readable = await access(path).then(
      () => true,
      () => false,
    );
    if (readable) return path;
  }
  return undefined;
}

/**
 * Runs a program of GRUB by its usual name `grub-…`, or as `grub2-…`, as Fedora and openSUSE call it.
 * @throws LoopstickError TOOL_MISSING, TOOL_FAILED; the signal's reason when aborted.
 */
export async function runGrub(
  runner: Runner,
  tool: 'mkimage' | 'script-check',
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  for (const prefix of ['grub', 'grub2']) {
    try {
      return await runner.run(`${prefix}-${tool}`, args, options);
    } catch (error) {
      if (!isLoopstickError(error, ENGINE_ERRORS.toolMissing.code)) throw error;
    }
  }
  throw failure(ENGINE_ERRORS.toolMissing, { tool: `grub-${tool}` });
}
