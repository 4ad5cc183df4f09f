import {
  DOCUMENT_ERRORS,
  failure,
  messageOf,
  systemCode,
  type AnswerFacts,
  type LoopstickError,
} from '@loopstick/core';
import type { RequestError } from 'got';

import type { FetchLimits } from './limits.ts';

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the DNS server did not answer',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to its network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that this machine does not know',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  Z_DATA_ERROR: 'its answer cannot be decompressed',
  Z_BUF_ERROR: 'its answer broke off',
};

/** The status of an answer that is no document. */
export function statusError(url: string, status: number, cause?: unknown): LoopstickError {
  const facts: AnswerFacts & Error = Object.assign(new Error(`status ${status}`, { cause }), { status });
  return failure(DOCUMENT_ERRORS.status, { url, status }, { cause: facts });
}

/** What got says went wrong, as an error with a code of DOCUMENT_ERRORS. The system's own error stays the cause. */
export function fetchError(url: string, error: unknown, limits: FetchLimits): LoopstickError {
  const { name, code, response } = error as Partial<RequestError>;
  if (name === 'HTTPError') {
    return statusError(url, response?.statusCode ?? 0, error);
  }
  if (name === 'TimeoutError') {
    const event = 'event' in (error as object) ? String((error as { event: unknown }).event) : '';
    const seconds = (event === 'response' ? limits.answerMs : limits.connectMs) / 1000;
    const problem = event === 'response' ? `no answer within ${seconds} s` : `no connection within ${seconds} s`;
    return failure(DOCUMENT_ERRORS.tooSlow, { url, problem }, { cause: error });
  }
  const known = [code, systemCode(error)].find((each) => each !== undefined && Object.hasOwn(PROBLEMS, each));
  const problem = known === undefined ? messageOf(error) : (PROBLEMS[known] ?? known);
  return failure(DOCUMENT_ERRORS.unreachable, { url, problem }, { cause: error });
}
