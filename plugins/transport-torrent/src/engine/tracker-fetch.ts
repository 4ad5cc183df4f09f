const MOST_BYTES = 256 * 1024;

/**
 * How the engine asks trackers, in whose place the bundle puts it: no redirect is followed, since nobody has said that
 * where it leads may be asked, and no more is held than a tracker has to say.
 */
export async function trackerFetch(
  address: string,
  { signal, headers }: { readonly signal: AbortSignal; readonly headers: Readonly<Record<string, string>> },
): Promise<Response> {
  const { body, status } = await fetch(address, { redirect: 'error', signal, headers });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error('its answer is too long');
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status });
}
