import { createContext, failure } from '@loopstick/core';
import {
  publishRegistry,
  REGISTRY_ERRORS,
  registryStatus as statusOf,
  ROLES,
  rotateKey,
  type RegistryStatus,
  type Role,
} from '@loopstick/registry';

import { CLI_ERRORS } from '../cli-errors.ts';
import { table } from '../output/table.ts';
import { keyFolder, type KeyOptions } from '../registry-options.ts';
import type { Session } from '../session.ts';

export async function registryPublish(
  { terminal }: Session,
  [directory = '']: readonly string[],
  options: KeyOptions & { readonly renewRoot?: boolean; readonly renewTargets?: boolean },
): Promise<void> {
  const context = createContext();
  const { renewRoot, renewTargets } = options;
  const done = await publishRegistry(
    directory,
    { keyFolder: keyFolder(options, context), renewRoot, renewTargets },
    context,
  );
  terminal.document(done);
  const rows = ROLES.map((role) => [role, done.versions[role], done.expires[role]]);
  for (const line of table(['ROLE', 'VERSION', 'GOOD UNTIL'], rows)) terminal.data(line);
}

export async function registryRotateKey(
  { terminal }: Session,
  [directory = '', word = '']: readonly string[],
  options: KeyOptions & { readonly replace?: string },
): Promise<void> {
  const role = ROLES.find((each) => each === word);
  if (role === undefined) {
    const problem = `"${word}" is no role; there are ${ROLES.join(', ')}`;
    throw failure(CLI_ERRORS.usage, { problem, command: 'loopstick registry rotate-key' });
  }
  const context = createContext();
  const { replace } = options;
  const done = await rotateKey(directory, role, { keyFolder: keyFolder(options, context), replace }, context);
  terminal.document(done);
  terminal.data(`New key of "${role}": ${done.added.file}`);
  terminal.data(`Root ${done.rootVersion} names it in place of ${done.removed.id.slice(0, 12)}.`);
  if (done.removed.file !== undefined) terminal.note(`The former key is of no use any more: ${done.removed.file}`);
}

export async function registryStatus(
  { terminal }: Session,
  [directory = '']: readonly string[],
  options: KeyOptions,
): Promise<void> {
  const context = createContext();
  const status = await statusOf(directory, { keyFolder: keyFolder(options, context) }, context);
  terminal.document(status);
  const rows = status.roles.map(({ role, version, expires, state, threshold, keys }) => [
    role,
    version ?? '-',
    expires ?? '-',
    state,
    `${keys.filter(({ here }) => here).length} of ${keys.length} keys here, ${threshold} to sign`,
  ]);
  for (const line of table(['ROLE', 'VERSION', 'GOOD UNTIL', 'STATE', 'KEYS'], rows)) terminal.data(line);
  for (const [what, targets] of Object.entries(status.staged)) {
    for (const target of targets) terminal.data(`${what}, not published yet: ${target}`);
  }
  requireGood(directory, status);
}

/** @throws LoopstickError REGISTRY_LAPSED, so that whoever watches over a registry learns of it by the exit code */
function requireGood(directory: string, { roles }: RegistryStatus): void {
  const expired = roles.filter(({ state }) => state === 'expired').map(({ role }) => role);
  if (expired.length === 0) return;
  const renewals: Partial<Record<Role, string>> = { root: ' --renew-root' };
  const how = expired.map((role) => renewals[role] ?? '').join('');
  throw failure(REGISTRY_ERRORS.lapsed, { directory, what: expired.join(', '), how });
}
