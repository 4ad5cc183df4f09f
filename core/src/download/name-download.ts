import type { Engine } from '../engine/engine.ts';
import { mayFollow } from '../mirror/may-follow.ts';
import { DEFAULT_FILE_NAME, fileNameFor } from './file-name.ts';

/** Longer than that nobody waits for a name. */
const PATIENCE_MS = 20_000;

/**
 * A safe name for the file behind an address: what the address itself says; where that is no file's name, such as
 * `/download?id=7`, what its server says. A server that does not answer is no reason to fail here.
 * @throws the signal's reason
 */
export async function nameDownload(engine: Engine, url: string, signal: AbortSignal): Promise<string> {
  const name = fileNameFor(url);
  // An address of another kind need not end in the name of what it leads to.
  const telling =
    /^https?:/i.test(url) &&
    /\.[A-Za-z0-9]{1,8}$/.test(name) &&
    name !== DEFAULT_FILE_NAME &&
    new URL(url).search === '';
  return telling ? name : ((await ask(engine, url, signal)) ?? name);
}

async function ask(engine: Engine, url: string, signal: AbortSignal): Promise<string | undefined> {
  const enough = new AbortController();
  try {
    const transport = await engine.transport(url);
    const limits = AbortSignal.any([signal, enough.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const { address, fileName } = await transport.open({
      ...{ url, start: 0, end: 1, mayFollow: mayFollow(engine) },
      signal: limits,
    });
    return fileNameFor(address, fileName);
  } catch {
    signal.throwIfAborted();
    return undefined;
  } finally {
    // The body is not wanted.
    enough.abort();
  }
}
