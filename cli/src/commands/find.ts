import { algorithmsOf, failure, findFile, formatBytes, VERIFY_ERRORS, type FoundFile } from '@loopstick/core';

import { sizeOf } from '../amount-options.ts';
import { CLI_ERRORS } from '../cli-errors.ts';
import { digestsOf, type DigestOptions } from '../digest-options.ts';
import { showProgress } from '../output/progress.ts';
import type { Session } from '../session.ts';

const COMMAND = 'loopstick find';

interface FindOptions extends DigestOptions {
  readonly size?: string;
  readonly all?: boolean;
}

export async function find(session: Session, folders: readonly string[], options: FindOptions): Promise<void> {
  const { terminal, signal } = session;
  const digests = digestsOf(options, COMMAND);
  if (algorithmsOf(digests).length === 0) {
    throw failure(CLI_ERRORS.usage, { problem: 'give the checksum of the file, with --sha256', command: COMMAND });
  }
  const size = sizeOf(options.size);
  const engine = await session.engine();
  const stop = showProgress(engine.events, terminal);
  const found: FoundFile[] = [];
  try {
    for await (const file of findFile(engine, { digests, size, folders }, { signal })) {
      found.push(file);
      terminal.data(file.path);
      if (options.all !== true) break;
    }
  } finally {
    stop();
  }
  if (found.length === 0) throw failure(VERIFY_ERRORS.notFound, { folders: folders.join(', ') });
  terminal.document(found);
  if (options.all === true) terminal.note(`${found.length} found, ${formatBytes(found[0]?.size ?? 0)} each`);
}
