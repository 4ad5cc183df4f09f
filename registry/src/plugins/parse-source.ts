import { resolve } from 'node:path';

import { failure } from '@loopstick/core';
import validRange from 'semver/ranges/valid.js';

import { PLUGIN_ERRORS } from './plugin-errors.ts';

/** What somebody wants to install, as he has typed it. */
export type WantedPlugin =
  | { readonly type: 'registry'; readonly id: string; readonly range: string | undefined }
  | { readonly type: 'npm'; readonly package: string; readonly range: string | undefined }
  | { readonly type: 'path'; readonly path: string };

// As npm allows it for new packages (validate-npm-package-name): what is no such name could be an address or a path.
const NPM_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/**
 * `distro-x`, `distro-x@^1.2`, `npm:loopstick-distro-x@1`, `./folder`, `./file.tgz`, `./loopstick.plugin.json`.
 * @throws LoopstickError PLUGIN_BAD_SOURCE
 */
export function parseSource(source: string): WantedPlugin {
  const bad = (problem: string): Error => failure(PLUGIN_ERRORS.badSource, { source, problem });
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) throw bad('addresses are not installed from; fetch the tarball first');
  if (source.startsWith('npm:')) {
    const { name, range } = split(source.slice('npm:'.length));
    if (name.length > 214 || !NPM_NAME.test(name)) throw bad('it is not the name of an npm package');
    if (range !== undefined && !/^[\w.+-]+$/.test(range) && validRange(range) === null)
      throw bad(`"${range}" is no range of versions`);
    return { type: 'npm', package: name, range };
  }
  if (/^(?:\.{0,2}\/|~\/)|[/\\]|\.(?:tgz|tar\.gz|json)$/i.test(source) || source === '.' || source === '..') {
    if (/^@[^/]+\/[^/]+$/.test(source)) throw bad(`a package of an npm registry is written npm:${source}`);
    return { type: 'path', path: resolve(source) };
  }
  const { name, range } = split(source);
  if (name.length > 64 || !ID.test(name)) throw bad('ids are lower-case words joined by hyphens');
  if (range !== undefined && validRange(range) === null) throw bad(`"${range}" is no range of versions`);
  return { type: 'registry', id: name, range };
}

/** The first letter may be the "@" of a scope. Nothing behind the "@" is as good as no "@". */
function split(text: string): { readonly name: string; readonly range: string | undefined } {
  const at = text.indexOf('@', 1);
  if (at === -1) return { name: text, range: undefined };
  const range = text.slice(at + 1).trim();
  return { name: text.slice(0, at), range: range === '' ? undefined : range };
}
