import {
  ENGINE_VERSION,
  isLoopstickError,
  printable,
  requireCompatible,
  type EngineNeeds,
  type PluginPermissions,
  type TrustTier,
} from '@loopstick/core';
import type { PluginProposal, PluginSource } from '@loopstick/registry';

import type { PluginTraces } from '../plugin-traces.ts';

const TRUST: Readonly<Record<TrustTier, string>> = {
  bundled: 'bundled',
  registry: 'signed by a registry',
  data: 'data only',
  unsigned: 'unsigned code',
};

/** How far a plugin is trusted, as it is shown wherever a plugin is shown. */
export function trustWords(trust: TrustTier): string {
  return TRUST[trust];
}

export function originWords(source: PluginSource): string {
  if (source.type === 'registry') return `registry ${source.registry}`;
  return source.type === 'npm' ? `npm:${source.package}` : `${source.type} ${source.path}`;
}

/** A line for each kind of permission that there is. */
export function permissionLines({ hosts, programs, paths }: PluginPermissions): string[] {
  return [
    ...(hosts.length > 0 ? [`talks to  ${hosts.join(', ')}`] : []),
    ...(programs.length > 0 ? [`runs      ${programs.join(', ')}`] : []),
    ...(paths.length > 0 ? [`reads     ${paths.join(', ')}`] : []),
  ];
}

/** What somebody is to agree to. */
export function proposalLines({ id, version, before, ...proposal }: PluginProposal): string[] {
  const { description, publisher, kinds, trust, code, source, permissions, added } = proposal;
  const former = before === undefined ? '' : ` (installed: ${before.version}, ${trustWords(before.trust)})`;
  const lines = [
    `${id} ${version}${former}`,
    ...(description === '' ? [] : [`  ${description}`]),
    `  trust     ${trustWords(trust)}${trust !== 'unsigned' && code ? ', with code' : ''}`,
    `  from      ${originWords(source)}${publisher === undefined ? '' : `, by ${publisher}`}`,
    `  kinds     ${kinds.join(', ')}`,
    ...permissionLines(permissions).map((line) => `  ${line}`),
  ];
  const more = before === undefined ? [] : permissionLines(added).map((line) => `  new: ${line}`);
  return [...lines, ...more];
}

/** A proposal for programs. */
export function proposalDocument({ before, warnings, ...proposal }: PluginProposal): object {
  return {
    ...proposal,
    installed: before?.version,
    warnings: warnings.map(({ code, message, hint }) => ({ code, message, hint })),
  };
}

/** For its publisher, who may well mean it: that this Loopstick would leave the release alone. Empty when it fits. */
export function otherEngineWords(release: EngineNeeds): string[] {
  try {
    requireCompatible(release);
    return [];
  } catch (error) {
    if (!isLoopstickError(error)) throw error;
    return [`It is for Loopstick ${release.engine}: this one is ${ENGINE_VERSION}, and goes on with older releases.`];
  }
}

/** What a plugin that was removed has left behind. */
export function traceLines({ images, onSticks, settings }: PluginTraces): string[] {
  const gone = images.slice(0, 5).join(', ') + (images.length > 5 ? `, and ${images.length - 5} more` : '');
  const sticks = onSticks.map(({ stick, title, made, image, bootloader }) => {
    const when = made === undefined ? '' : `, made here on ${made.slice(0, 10)}`;
    const what = image ?? `The bootloader ${bootloader ?? ''}`;
    return `${what} on "${printable(title, 60)}" (${stick}${when}) was set up by it, and starts as before.`;
  });
  return [
    ...(images.length === 0 ? [] : [`Gone from the catalog: ${gone}`]),
    ...(onSticks.length === 0 ? ['No stick is known that has anything of it.'] : sticks),
    'What other sticks have of it: loopstick stick list TARGET',
    ...settings.map((key) => `The setting ${key} still names a part of it: loopstick config unset ${key}`),
  ];
}
