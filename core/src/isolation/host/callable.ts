import type { z } from 'zod';

import { describeIssues } from '../../engine/issues.ts';
import type { PluginManifest } from '../../plugin/plugin-manifest.ts';
import { partKey, type SentPart } from '../wire/messages.ts';
import type { PluginCallOptions, PluginProcess } from './plugin-process.ts';

/** A plugin in processes of its own, for what stands for its parts in the engine. */
export interface Callable {
  readonly manifest: PluginManifest;
  /** Calls a part. */
  call(options: PluginCallOptions): Promise<unknown>;
  /** Calls a part in a process that is there for this call only, and may write to a folder. */
  callApart(options: PluginCallOptions, workDirectory: string): Promise<unknown>;
  /** Keeps the process that runs while `use` needs it. */
  hold<T>(use: (process: PluginProcess) => Promise<T>): Promise<T>;
}

/** Where a call goes, and how messages name that place. */
export function at(hook: string, part: SentPart): { readonly part: string; readonly place: string } {
  return { part: partKey(part), place: `${hook}/${part.name}` };
}

/** What a plugin asks with. @throws Error that the plugin gets */
export function checked<T>(schema: z.ZodType<T, unknown>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error(describeIssues(parsed.error));
  return parsed.data;
}
