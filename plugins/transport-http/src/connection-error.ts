import { DOWNLOAD_ERRORS, failure, messageOf, mirrorName, type LoopstickError } from '@loopstick/core';

/** What is wrong with a certificate, by the code that Node gives it (its documentation, "X509 certificate error codes"). */
const CERTIFICATE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate was revoked',
  CERT_REJECTED: 'its certificate is rejected',
  CERT_UNTRUSTED: 'its certificate is not trusted',
  CERT_CHAIN_TOO_LONG: 'the chain of its certificates is too long',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that this machine does not know',
  INVALID_CA: 'its certificate is signed by what is no authority',
  INVALID_PURPOSE: 'its certificate is for another purpose',
  HOSTNAME_MISMATCH: 'its certificate is for another host',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it only speaks outdated TLS',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it only speaks outdated TLS',
};

const CONNECTION: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'it did not accept the connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_OVERFLOW: 'the head of its answer is too long',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'it did not send as many bytes as it announced',
};

/**
 * What the resolver, TLS or the socket said, as DOWNLOAD_NAME, DOWNLOAD_TLS or DOWNLOAD_CONNECTION, with the system's
 * own error as the cause.
 */
export function connectionError(url: string, cause: unknown): LoopstickError {
  const mirror = mirrorName(url);
  const codes = codesOf(cause);
  const certificate = codes.find((code) => Object.hasOwn(CERTIFICATE, code));
  if (certificate !== undefined) {
    return failure(DOWNLOAD_ERRORS.tls, { mirror, problem: CERTIFICATE[certificate] ?? certificate }, { cause });
  }
  // Of several addresses one may have failed in another way, so the name is known.
  if (codes.length > 0 && codes.every((code) => code === 'ENOTFOUND' || code.startsWith('EAI_'))) {
    const problem = codes.includes('ENOTFOUND') ? 'there is no such host' : 'the DNS server did not answer';
    return failure(DOWNLOAD_ERRORS.name, { mirror, problem }, { cause });
  }
  return failure(DOWNLOAD_ERRORS.connection, { mirror, problem: describe(cause) }, { cause });
}

function describe(error: unknown): string {
  // When every address of a host fails, Node's error has no message of its own.
  if (error instanceof AggregateError && error.message === '') {
    return [...new Set(error.errors.map(describe))].join(', ');
  }
  const [code] = codesOf(error);
  if (code !== undefined && Object.hasOwn(CONNECTION, code)) return CONNECTION[code] ?? code;
  const inner = error instanceof Error && error.cause instanceof Error ? `: ${describe(error.cause)}` : '';
  return `${messageOf(error)}${inner}`;
}

/** The codes of an error, or of the errors in it. */
function codesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 4) return [];
  if (error instanceof AggregateError) return error.errors.flatMap((inner) => codesOf(inner, depth + 1));
  if ('code' in error && typeof error.code === 'string') return [error.code];
  return codesOf(error.cause, depth + 1);
}
