import { messageOf, type RangeRequest } from '@loopstick/core';

const MOST_REDIRECTS = 5;
const MOST_MS = 15_000;

export interface FetchWish {
  readonly most: number;
  readonly signal: AbortSignal;
  readonly mayFollow?: RangeRequest['mayFollow'];
}

/**
 * A small document of the web.
 * @param most bytes
 * @returns it, and the address that it came from after all redirects
 * @throws Error that says what went wrong; the signal's reason
 */
export async function fetchBytes(
  address: string,
  { most, signal, mayFollow }: FetchWish,
): Promise<{ readonly bytes: Buffer; readonly address: string }> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)]);
  let at = address;
  for (let followed = 0; followed <= MOST_REDIRECTS; followed++) {
    if (mayFollow?.(at) === false) throw new Error('its host is one that is never asked');
    const answer = await ask(at, limit, signal);
    const { location, status } = answer;
    if (location !== undefined) {
      at = nextOf(at, location);
      continue;
    }
    if (status !== 200) throw new Error(`HTTP status ${status}`);
    return { bytes: await readAll(answer.body, most, signal), address: at };
  }
  throw new Error('it redirects too often');
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

async function ask(address: string, limit: AbortSignal, signal: AbortSignal): Promise<Answer> {
  try {
    const answer = await fetch(address, { redirect: 'manual', signal: limit });
    const { status, body, headers } = answer;
    const isRedirect = status >= 300 && status < 400;
    if (isRedirect) await body?.cancel();
    const location = isRedirect ? (headers.get('location') ?? undefined) : undefined;
    return { status, location, body: body ?? [] };
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(reasonIn(error), { cause: error });
  }
}

/** What `fetch` says is that it failed; why, its cause says. */
function reasonIn(error: unknown): string {
  return messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
}

async function readAll(body: Answer['body'], most: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.length;
      if (length > most) throw new Error('it is too large');
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  return Buffer.concat(chunks);
}

/** Never from encryption to none. */
function nextOf(at: string, location: string): string {
  if (!URL.canParse(location, at)) throw new Error('it redirects to nowhere');
  const next = new URL(location, at);
  const isWeb = next.protocol === 'https:' || (next.protocol === 'http:' && at.startsWith('http:'));
  if (!isWeb) throw new Error('it redirects to an address that is not safe');
  return next.href;
}
