import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DOWNLOAD_ERRORS } from '../../../src/download/download-errors.ts';
import { backoffMs, classify, type ErrorClass } from '../../../src/download/transfer/retry.ts';
import { ENGINE_ERRORS } from '../../../src/engine/engine-errors.ts';
import { LoopstickError, type ErrorDescriptor } from '../../../src/engine/errors.ts';
import type { AnswerFacts } from '../../../src/engine/hooks.ts';

const POLICY = { attempts: 3, baseMs: 1000, factor: 2, maxMs: 60_000, statuses: [429, 503] };

const error = (descriptor: ErrorDescriptor, cause?: unknown): LoopstickError =>
  new LoopstickError(descriptor, {}, { cause });
const system = (code: string): Error => Object.assign(new Error(code), { code });
const answer = (facts: AnswerFacts): LoopstickError => error(DOWNLOAD_ERRORS.httpStatus, facts);

describe('classify', () => {
  it.each<[string, ErrorClass, unknown]>([
    ['a connection that broke', 'transient', error(DOWNLOAD_ERRORS.connection, system('ECONNRESET'))],
    ['a connection that broke for unknown reasons', 'transient', error(DOWNLOAD_ERRORS.connection)],
    ['silence', 'transient', error(DOWNLOAD_ERRORS.stalled)],
    ['a trickle', 'transient', error(DOWNLOAD_ERRORS.tooSlow)],
    ['an end that came too early', 'transient', error(DOWNLOAD_ERRORS.shortBody)],
    ['a transport that did not answer in time', 'transient', error(ENGINE_ERRORS.tapDeadline)],
    ['a name server that did not answer', 'transient', error(DOWNLOAD_ERRORS.name, system('EAI_AGAIN'))],
    ['a name server that failed', 'transient', error(DOWNLOAD_ERRORS.name, system('EAI_FAIL'))],
    ['a status of the list', 'transient', answer({ status: 503 })],
    ['a status of the list, with a time', 'transient', answer({ status: 429, retryAfterMs: 5000 })],
    ['a status that is not in the list, with a time', 'transient', answer({ status: 403, retryAfterMs: 0 })],

    ['a status that is not in the list', 'mirror', answer({ status: 500 })],
    ['a file that is not there', 'mirror', answer({ status: 404 })],
    ['an address that may not be read', 'mirror', answer({ status: 403 })],
    ['a status that the transport does not name', 'mirror', error(DOWNLOAD_ERRORS.httpStatus)],
    ['a name that there is not', 'mirror', error(DOWNLOAD_ERRORS.name, system('ENOTFOUND'))],
    ['a false certificate', 'mirror', error(DOWNLOAD_ERRORS.tls, system('ECONNRESET'))],
    ['a redirect that is not followed', 'mirror', error(DOWNLOAD_ERRORS.redirect)],
    ['a wrong range', 'mirror', error(DOWNLOAD_ERRORS.badRange)],
    ['an end before the range', 'mirror', error(DOWNLOAD_ERRORS.rangeUnsatisfiable, { status: 416, total: 5 })],
    ['another size', 'mirror', error(DOWNLOAD_ERRORS.sizeMismatch)],
    ['a web page', 'mirror', error(DOWNLOAD_ERRORS.webPage)],
    ['another file', 'mirror', error(DOWNLOAD_ERRORS.differentFile)],
    ['a file that was changed', 'mirror', error(DOWNLOAD_ERRORS.changed)],
    ['a transport that threw', 'mirror', error(ENGINE_ERRORS.tapFailed, system('ENOSPC'))],
    ['a transport that answers nonsense', 'mirror', error(ENGINE_ERRORS.badOutput)],

    ['a scheme without a transport', 'permanent', error(ENGINE_ERRORS.noSuchPart)],
    ['a wrong checksum', 'permanent', error(DOWNLOAD_ERRORS.checksum)],
    ['a file that exists', 'permanent', error(DOWNLOAD_ERRORS.destinationExists)],
    ['a job without mirrors', 'permanent', error(DOWNLOAD_ERRORS.noMirrors)],

    ['a full disk', 'local', system('ENOSPC')],
    ['a disk that was pulled', 'local', new Error('write failed', { cause: system('EIO') })],
    ['a disk that will be full', 'local', error(DOWNLOAD_ERRORS.space)],
    ['a folder in the place of the file', 'local', error(DOWNLOAD_ERRORS.notAFile)],
    ['a mistake of ours', 'local', new TypeError('undefined is not a function')],
    ['something that is no error', 'local', 'enough'],
    ['an abort', 'local', AbortSignal.abort().reason],
  ])('%s is %s', (_, expected, thrown) => {
    expect(classify(thrown, POLICY)).toBe(expected);
  });

  it('follows the list of the settings', () => {
    expect(classify(answer({ status: 404 }), { statuses: [404] })).toBe('transient');
    expect(classify(answer({ status: 503 }), { statuses: [] })).toBe('mirror');
  });

  it('knows every error of a mirror', () => {
    const ofMirrors = Object.values(DOWNLOAD_ERRORS).filter(({ message }) => message.startsWith('{mirror} '));
    expect(ofMirrors.length).toBeGreaterThan(10);
    expect(ofMirrors.filter((one) => classify(error(one), POLICY) === 'permanent')).toEqual([]);
  });
});

describe('backoffMs', () => {
  it('doubles up to a minute', () => {
    const most = [1, 2, 3, 4, 5, 6, 7, 8, 5000].map((failures) => backoffMs(failures, POLICY, () => 1));
    expect(most).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(backoffMs(0, POLICY, () => 1)).toBe(1000);
  });

  it('is anything from nothing to its limit', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.record({
          baseMs: fc.nat(100_000),
          factor: fc.double({ min: 1, max: 1e9, noNaN: true }),
          maxMs: fc.nat(1e7),
        }),
        (failures, random, policy) => {
          const ms = backoffMs(failures, policy, () => random);
          const limit = backoffMs(failures, policy, () => 1);
          expect(limit).toBeLessThanOrEqual(policy.maxMs);
          expect(ms).toBeCloseTo(limit * random);
        },
      ),
    );
  });
});
