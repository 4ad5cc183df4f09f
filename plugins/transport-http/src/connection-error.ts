import { DOWNLOAD_ERRORS, failure, mirrorName, type LoopstickError } from '@loopstick/core';

/** DOWNLOAD_CONNECTION with what the socket, the resolver or TLS said. */
export function connectionError(url: string, cause: unknown): LoopstickError {
  return failure(DOWNLOAD_ERRORS.connection, { mirror: mirrorName(url), problem: describe(cause) }, { cause });
}

function describe(error: unknown): string {
  // When every address of a host fails, Node's error has no message of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describe).join(', ');
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause instanceof Error ? `: ${describe(error.cause)}` : '';
  return `${error.message}${inner}`;
}
