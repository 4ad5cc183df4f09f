import { basename } from 'node:path';

import type { Contributions } from './manifest-schema.ts';

/** The manifest of a plugin that has no package.json. */
export const DATA_MANIFEST = 'loopstick.plugin.json';

/** A document of a plugin, from the JSON of the file that it is in: the file itself, or a part of the manifest. */
export function documentIn(json: unknown, file: string, part: keyof Contributions<string>): unknown {
  if (basename(file) !== DATA_MANIFEST) return json;
  const { contributes } = json as { readonly contributes?: Readonly<Record<string, unknown>> };
  return contributes?.[part];
}
