import { failure, isLoopstickError, messageOf, type CatalogReadRequest } from '@loopstick/core';

import { REGISTRY_ERRORS } from '../registry-errors.ts';

type Fetch = CatalogReadRequest['fetch'];

/**
 * Fetches a file of a registry, and says what went wrong in words of the registry.
 * @returns undefined when there is no such file
 * @throws LoopstickError REGISTRY_UNREACHABLE, REGISTRY_SLOW, REGISTRY_ENDLESS, REGISTRY_TOO_LARGE; whatever `fetch`
 *   throws that is not about the document
 */
export async function fetchFile(
  fetch: Fetch,
  {
    registry,
    url,
    file,
    maxBytes,
    promised,
  }: {
    readonly registry: string;
    readonly url: string;
    /** As messages call it. */
    readonly file: string;
    readonly maxBytes: number;
    /** Signed metadata says that it is no longer than this; otherwise it is the most that such a file may have. */
    readonly promised: boolean;
  },
): Promise<Uint8Array | undefined> {
  try {
    const { body } = await fetch(url, { maxBytes, accept: 'application/json' });
    return body;
  } catch (cause) {
    if (!isLoopstickError(cause) || !cause.code.startsWith('DOCUMENT_')) throw cause;
    // Object stores without a right to list answer 403 for what is not there.
    if ([403, 404].includes(statusOf(cause))) return undefined;
    const values = { registry, file, problem: messageOf(cause) };
    if (cause.code === 'DOCUMENT_TOO_SLOW') throw failure(REGISTRY_ERRORS.slow, values, { cause });
    if (cause.code === 'DOCUMENT_TOO_LARGE') {
      throw failure(promised ? REGISTRY_ERRORS.tooLarge : REGISTRY_ERRORS.endless, values, { cause });
    }
    throw failure(REGISTRY_ERRORS.unreachable, values, { cause });
  }
}

/** The status of the answer that an error is about, which its cause knows; 0 when it is about none. */
function statusOf(error: Error & { readonly code: string }): number {
  if (error.code !== 'DOCUMENT_HTTP_STATUS') return 0;
  const { status, response } = (error.cause ?? {}) as {
    readonly status?: number;
    readonly response?: { readonly statusCode?: number };
  };
  return status ?? response?.statusCode ?? 0;
}
