import { DOWNLOAD_ERRORS, failure, mirrorName, type RangeRequest, type RangeResponse } from '@loopstick/core';
import { request as send, type Dispatcher } from 'undici';

import { createAgent, USER_AGENT } from './agent.ts';
import { connectionError } from './connection-error.ts';
import { isRedirect, nextAddress } from './redirect.ts';
import { readAnswer } from './range-answer.ts';

type Answer = Dispatcher.ResponseData;

/** A function that opens byte ranges over connections of its own. */
export function createOpener(): (request: RangeRequest) => Promise<RangeResponse> {
  const agent = createAgent();

  return async ({ url, start, signal }) => {
    let at = new URL(url);
    const { origin } = at;
    const authorization = basicCredentials(at);
    for (let followed = 0; ; followed++) {
      // Credentials are for the server they were given for, not for where it redirects to.
      const own = authorization !== undefined && at.origin === origin ? { authorization } : {};
      const answer = await ask(
        url,
        () =>
          send(withoutCredentials(at), {
            dispatcher: agent,
            headers: { ...rangeHeaders(start), ...own },
            signal,
          }),
        signal,
      );
      try {
        if (isRedirect(answer.statusCode)) at = nextAddress(url, at, single(answer.headers['location']), followed);
        else return readAnswer(url, start, checkStatus(url, start, answer), signal);
      } catch (error) {
        drop(answer);
        throw error;
      }
      drop(answer);
    }
  };
}

function rangeHeaders(start: number): Record<string, string> {
  const headers = { 'user-agent': USER_AGENT, accept: '*/*', 'accept-encoding': 'identity' };
  return start === 0 ? headers : { ...headers, range: `bytes=${start}-` };
}

async function ask(url: string, work: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await work();
  } catch (error) {
    signal.throwIfAborted();
    throw connectionError(url, error);
  }
  // An abort between now and the first read must not be an unhandled event; the reader gets it as well.
  answer.body.on('error', () => undefined);
  return answer;
}

/** @throws LoopstickError DOWNLOAD_RANGE_UNSATISFIABLE, DOWNLOAD_HTTP_STATUS with the number as `status` of its cause */
function checkStatus(url: string, start: number, answer: Answer): Answer {
  const { statusCode: status } = answer;
  if (status === 200 || status === 206) return answer;
  const mirror = mirrorName(url);
  if (status === 416) throw failure(DOWNLOAD_ERRORS.rangeUnsatisfiable, { mirror, start });
  throw failure(DOWNLOAD_ERRORS.httpStatus, { mirror, status }, { cause: { status } });
}

/** Lets go of a body that nobody will read, with its connection: it may be as long as it likes. */
function drop({ body }: Answer): void {
  body.destroy();
}

function basicCredentials({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function withoutCredentials(url: URL): URL {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain;
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
