/** What is done with registries. Each is loaded when it is done: most commands need nothing of TUF. */
import type { Context, RegistrySetting, Settings } from '@loopstick/core';

import type { ListedRegistry } from './client/list-registries.ts';
import type { RegistryCopy } from './client/read-registry.ts';
import type { RootFacts } from './client/root-facts.ts';
import type { NewRegistry } from './client/trust.ts';
import type { TrustedRegistry } from './client/trusted-registries.ts';
import type { InitOptions, InitResult } from './publish/init.ts';
import type { PublishOptions, PublishResult } from './publish/publish.ts';
import type { RotateOptions, RotateResult } from './publish/rotate-key.ts';
import type { RegistryServer } from './publish/serve.ts';
import type { RegistryStatus } from './publish/status.ts';
import type { Role } from './tuf/roles.ts';

type Time = Pick<Context, 'now'>;
type Chance = Pick<Context, 'random'>;
type Home = Pick<Context, 'paths' | 'random' | 'clock'>;

// ── reading: client/ ────────────────────────────────────────────────────────────────────────────────────────────────

/** As in client/trust.ts. */
export async function trustRegistry(
  registry: NewRegistry,
  context: Home,
  signal: AbortSignal,
): Promise<RootFacts & RegistrySetting> {
  return (await import('./client/trust.ts')).trustRegistry(registry, context, signal);
}

/** As in client/trust.ts. */
export async function untrustRegistry(name: string, context: Home, signal: AbortSignal): Promise<void> {
  return (await import('./client/trust.ts')).untrustRegistry(name, context, signal);
}

/** As in client/list-registries.ts. */
export async function listRegistries(
  settings: Pick<Settings, 'registries'>,
  context: Pick<Context, 'paths' | 'now'>,
): Promise<ListedRegistry[]> {
  return (await import('./client/list-registries.ts')).listRegistries(settings, context);
}

/** As in client/read-registry.ts. */
export async function verifiedCopy(
  registry: TrustedRegistry,
  context: Pick<Context, 'paths'>,
): Promise<RegistryCopy | undefined> {
  return (await import('./client/read-registry.ts')).verifiedCopy(registry, context);
}

// ── publishing: publish/ ────────────────────────────────────────────────────────────────────────────────────────────

/** As in publish/init.ts. */
export async function initRegistry(
  directory: string,
  options: InitOptions,
  context: Time & Chance,
): Promise<InitResult> {
  return (await import('./publish/init.ts')).initRegistry(directory, options, context);
}

/** As in publish/content.ts. */
export async function addContent(
  directory: string,
  file: string,
  options: { readonly name?: string | undefined; readonly signal: AbortSignal } & Chance,
): Promise<{ readonly target: string; readonly replaced: boolean }> {
  return (await import('./publish/content.ts')).addContent(directory, file, options);
}

/** As in publish/content.ts. */
export async function removeContent(directory: string, name: string): Promise<{ readonly target: string }> {
  return (await import('./publish/content.ts')).removeContent(directory, name);
}

/** As in publish/publish.ts. */
export async function publishRegistry(
  directory: string,
  options: PublishOptions,
  context: Time & Chance,
): Promise<PublishResult> {
  return (await import('./publish/publish.ts')).publishRegistry(directory, options, context);
}

/** As in publish/rotate-key.ts. */
export async function rotateKey(
  directory: string,
  role: Role,
  options: RotateOptions,
  context: Time & Chance,
): Promise<RotateResult> {
  return (await import('./publish/rotate-key.ts')).rotateKey(directory, role, options, context);
}

/** As in publish/status.ts. */
export async function registryStatus(
  directory: string,
  options: Pick<PublishOptions, 'keyFolder'>,
  context: Time,
): Promise<RegistryStatus> {
  return (await import('./publish/status.ts')).registryStatus(directory, options, context);
}

/** As in publish/serve.ts. */
export async function serveRegistry(directory: string, port: number): Promise<RegistryServer> {
  return (await import('./publish/serve.ts')).serveRegistry(directory, port);
}
