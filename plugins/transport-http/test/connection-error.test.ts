import { describe, expect, it } from 'vitest';

import { connectionError } from '../src/connection-error.ts';

const URL = 'https://user:secret@mirror.example/image.iso?token=secret';

const coded = (code: string, message = 'something'): Error => Object.assign(new Error(message), { code });

describe('connectionError', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'DOWNLOAD_TLS'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'DOWNLOAD_TLS'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'DOWNLOAD_TLS'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'DOWNLOAD_TLS'],
    // A record that was damaged on its way says nothing about the mirror.
    ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'DOWNLOAD_CONNECTION'],
    ['ENOTFOUND', 'DOWNLOAD_NAME'],
    ['EAI_AGAIN', 'DOWNLOAD_NAME'],
    ['ECONNRESET', 'DOWNLOAD_CONNECTION'],
    ['UND_ERR_SOCKET', 'DOWNLOAD_CONNECTION'],
    ['ERR_PROXY', 'DOWNLOAD_CONNECTION'],
    ['constructor', 'DOWNLOAD_CONNECTION'],
  ])('makes of %s a %s that keeps it', (code, own) => {
    const cause = coded(code);
    const error = connectionError(URL, cause);
    expect(error).toMatchObject({ code: own, cause });
    expect(error.message).not.toContain('secret');
    const around = new Error('failed', { cause });
    expect(connectionError(URL, around)).toMatchObject({ code: own, cause: around });
  });

  it('looks into the errors of several addresses', () => {
    const refused = [coded('ECONNREFUSED', 'refused by A'), coded('ECONNREFUSED', 'refused by B')];
    const error = connectionError(URL, new AggregateError(refused));
    expect(error.code).toBe('DOWNLOAD_CONNECTION');
    expect(error.message).toContain('refused by A, refused by B');
    const mixed = new AggregateError([coded('ENOTFOUND'), coded('ECONNREFUSED')]);
    expect(connectionError(URL, mixed).code).toBe('DOWNLOAD_CONNECTION');
    const names = new AggregateError([coded('ENOTFOUND'), coded('EAI_AGAIN')]);
    expect(connectionError(URL, names).code).toBe('DOWNLOAD_NAME');
  });

  it.each([undefined, null, 'text', Object.create(null), { code: 5 }])('takes whatever is thrown: %j', (thrown) => {
    expect(connectionError(URL, thrown).code).toBe('DOWNLOAD_CONNECTION');
  });
});
