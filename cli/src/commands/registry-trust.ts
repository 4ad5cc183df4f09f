import { createContext, loadSettings } from '@loopstick/core';
import { listRegistries, trustRegistry, untrustRegistry } from '@loopstick/registry';

import { day, registryDocument } from '../output/registry-words.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

export async function registryList({ terminal }: Session): Promise<void> {
  const context = createContext();
  const listed = await listRegistries(await loadSettings(context.paths.config), context);
  terminal.document(listed.map(registryDocument));
  const rows = listed.map(({ registry, copy, fresh, error }) => [
    registry.name,
    registry.url,
    registry.by === 'user' ? 'you' : 'Loopstick',
    copy === undefined ? '-' : copy.documents.length,
    copy === undefined ? '-' : day(copy.retrieved),
    error === undefined ? (copy === undefined ? 'not read yet' : fresh ? 'fresh' : 'past its time') : error.message,
  ]);
  if (listed.length === 0) terminal.note('No registry is trusted: loopstick registry trust NAME URL --root FILE');
  else
    for (const line of table(['NAME', 'ADDRESS', 'TRUSTED BY', 'CATALOGS', 'READ', 'STATE'], rows)) terminal.data(line);
}

export async function registryTrust(
  { terminal, signal }: Session,
  [name = '', url = '']: readonly string[],
  { root }: { readonly root: string },
): Promise<void> {
  const trusted = await trustRegistry({ name, url, rootFile: root }, createContext(), signal);
  terminal.document(trusted);
  terminal.data(`Trusted: ${name}, ${trusted.url}`);
  terminal.data(`${trusted.threshold} of these keys sign its roots; compare them with what its publisher says:`);
  for (const key of trusted.keys) terminal.data(`  ${key}`);
  terminal.note(`Read it with: loopstick catalog sync --source ${name}`);
}

export async function registryUntrust({ terminal, signal }: Session, [name = '']: readonly string[]): Promise<void> {
  await untrustRegistry(name, createContext(), signal);
  terminal.document({ name });
  terminal.data(`No longer trusted: ${name}`);
}
