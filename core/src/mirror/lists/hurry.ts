/** What a promise resolves to, or undefined when the signal is aborted before that. The work itself goes on. */
export async function unless<T>(hurry: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const aborted = new Promise<undefined>((resolve) => {
    if (hurry.aborted) resolve(undefined);
    hurry.addEventListener('abort', () => resolve(undefined), { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    over.abort();
  }
}
