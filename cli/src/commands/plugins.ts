import { messageOf } from '@loopstick/core';

import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

export async function plugins({ terminal, engine }: Session): Promise<void> {
  const found = (await engine()).plugins.map(({ manifest, trust, state, error }) => ({
    id: manifest.id,
    version: manifest.version,
    kinds: manifest.kinds,
    trust,
    state,
    description: manifest.description,
    directory: manifest.directory,
    error: error === undefined ? undefined : messageOf(error),
  }));
  terminal.document(found);
  const rows = found.map(({ id, version, kinds, trust, state, description }) => [
    id,
    version,
    kinds.join(', '),
    trust,
    state === 'found' ? 'ready' : state,
    description,
  ]);
  for (const line of table(['PLUGIN', 'VERSION', 'KINDS', 'TRUST', 'STATE', 'WHAT IT IS'], rows)) terminal.data(line);
}
