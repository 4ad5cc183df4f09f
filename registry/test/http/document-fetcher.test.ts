import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { originRewrite } from '../../src/http/origins.ts';
import { fetching, NOW, serve, textOf, type Answerer } from './support.ts';

/** Serves one text with an entity tag, and remembers what it was asked. */
function tagged(text: () => string, headers: Record<string, string> = {}) {
  const asked: { tag: string | undefined; since: string | undefined; status: number }[] = [];
  const answer: Answerer = (request, response) => {
    const tag = `"${text().length}-${text().slice(0, 4)}"`;
    const same = request.headers['if-none-match'] === tag;
    const status = same ? 304 : 200;
    asked.push({ tag: request.headers['if-none-match'], since: request.headers['if-modified-since'], status });
    response.writeHead(status, { etag: tag, ...headers });
    response.end(same ? undefined : text());
  };
  return { asked, answer };
}

describe('a document over HTTP', () => {
  it('arrives as it is, with what is known of the way', async () => {
    const url = await serve((request, response) => response.end(request.headers['user-agent']));
    const { get } = await fetching();
    const document = await get(`${url}/list#mark`);
    expect(textOf(document)).toMatch(/^Loopstick\/[\d.]+ \(\+https:/);
    expect(document).toMatchObject({ url: `${url}/list`, secure: true, confirmed: false, retrievedAt: NOW });
  });

  it('is asked for conditionally once it is kept, also by the next process', async () => {
    const { asked, answer } = tagged(() => 'the list', { 'cache-control': 'max-age=3600' });
    const url = await serve(answer);
    const { get, folder } = await fetching();
    await get(url);
    const again = await get(url);
    const later = await (await fetching({}, folder)).get(url);
    expect([again.confirmed, later.confirmed]).toEqual([true, true]);
    expect([textOf(again), textOf(later)]).toEqual(['the list', 'the list']);
    expect(asked.map(({ status }) => status)).toEqual([200, 304, 304]);
  });

  it('is asked for by its date where there is no entity tag', async () => {
    const date = 'Fri, 02 Jan 2026 00:00:00 GMT';
    const url = await serve((request, response) => {
      const same = request.headers['if-modified-since'] === date;
      response.writeHead(same ? 304 : 200, { 'last-modified': date }).end(same ? undefined : 'the list');
    });
    const { get } = await fetching();
    await get(url);
    expect(await get(url)).toMatchObject({ confirmed: true });
  });

  it.each([
    { 'last-modified': 'Sat, 01 Mar 2025 00:00:00 GMT' },
    { etag: '"1"', 'cache-control': 'max-age=3600' },
    { etag: '"1"', 'cache-control': 'max-age=0, stale-if-error=86400' },
    { etag: '"1"', 'cache-control': 'public, immutable', expires: 'Fri, 02 Jan 2099 00:00:00 GMT' },
  ])('does not count as current while its server has an error, however long it was to be good: %o', async (headers) => {
    const statuses = [200, 503, 503, 200];
    const url = await serve((_, response) => {
      const status = statuses.shift() ?? 304;
      response.writeHead(status, status === 503 ? {} : headers).end(status === 200 ? 'the list' : undefined);
    });
    const { get, folder } = await fetching();
    await get(url);
    await expect(get(url)).rejects.toMatchObject({ code: 'DOCUMENT_HTTP_STATUS', cause: { status: 503 } });
    // Such an error may pass.
    const { get: patient } = await fetching({ limits: { retries: 1 } }, folder);
    expect(await patient(url)).toMatchObject({ confirmed: false });
    expect(await patient(url)).toMatchObject({ confirmed: true });
  });

  it('is the new one when it has changed', async () => {
    let text = 'one';
    const url = await serve(tagged(() => text).answer);
    const { get } = await fetching();
    await get(url);
    text = 'another';
    const changed = await get(url);
    expect(textOf(changed)).toBe('another');
    expect(changed.confirmed).toBe(false);
  });

  it('is fetched anew when the kept copy is damaged', async () => {
    const { asked, answer } = tagged(() => 'the list');
    const url = await serve(answer);
    const { get, folder } = await fetching();
    await get(url);
    for (const name of await readdir(folder)) {
      const content = await readFile(join(folder, name), 'utf8');
      await writeFile(join(folder, name), content.replace('statusCode', 'statusC0de'));
    }
    expect(textOf(await get(url))).toBe('the list');
    expect(asked.map(({ tag }) => tag)).toEqual([undefined, undefined]);
  });

  it('is decompressed, also out of the cache', async () => {
    const packed = gzipSync('the list');
    const url = await serve((request, response) => {
      const same = request.headers['if-none-match'] === '"1"';
      response.writeHead(same ? 304 : 200, same ? { etag: '"1"' } : { etag: '"1"', 'content-encoding': 'gzip' });
      response.end(same ? undefined : packed);
    });
    const { get } = await fetching();
    expect([textOf(await get(url)), textOf(await get(url))]).toEqual(['the list', 'the list']);
  });

  it('comes from elsewhere where the user has a copy of its host', async () => {
    const url = await serve((request, response) => response.end(request.url));
    const { get } = await fetching({ rewrite: originRewrite({ 'vendor.example': `${url}/copy/` }) });
    const document = await get('https://vendor.example/a/list?x=1');
    expect(textOf(document)).toBe('/copy/a/list?x=1');
    expect(document).toMatchObject({ url: 'https://vendor.example/a/list?x=1', secure: true });
  });
});

describe('redirects', () => {
  it('are followed, five of them', async () => {
    const url = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('here');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    const { get } = await fetching();
    expect(await get(`${url}/5`)).toMatchObject({ url: `${url}/0` });
    await expect(get(`${url}/6`)).rejects.toMatchObject({ code: 'DOCUMENT_REDIRECTS' });
  });

  it('never leave encryption', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: 'http://plain.example/' }).end());
    const { get } = await fetching();
    await expect(get(url)).rejects.toMatchObject({ code: 'DOCUMENT_INSECURE' });
  });

  it('lead to no other scheme, and to nothing that is no address', async () => {
    const targets = ['file:///etc/passwd', 'http://[', 'ftp://one.example/'];
    const url = await serve((request, response) =>
      response.writeHead(301, { location: targets[Number(request.url?.slice(1))] }).end(),
    );
    const { get } = await fetching();
    for (const index of targets.keys()) {
      await expect(get(`${url}/${index}`)).rejects.toMatchObject({ code: 'DOCUMENT_UNREACHABLE' });
    }
  });
});

describe('what is not a document', () => {
  it('says its status', async () => {
    const url = await serve((_, response) => response.writeHead(404).end());
    const { get } = await fetching();
    await expect(get(url)).rejects.toMatchObject({ code: 'DOCUMENT_HTTP_STATUS', cause: { status: 404 } });
  });

  it('is asked for again when it may pass, and not for longer than we wait', async () => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked++;
      if (request.url === '/busy') response.writeHead(503, { 'retry-after': '3600' }).end();
      else if (asked === 1) response.writeHead(503, { 'retry-after': '0' }).end();
      else response.end('the list');
    });
    const { get } = await fetching({ limits: { retries: 1 } });
    expect(textOf(await get(url))).toBe('the list');
    await expect(get(`${url}/busy`)).rejects.toMatchObject({ code: 'DOCUMENT_HTTP_STATUS' });
    expect(asked).toBe(3);
  });

  it('is waited for as long as it asks, although nothing comes meanwhile', async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      if (asked++ === 0) response.writeHead(429, { 'retry-after': '1' }).end('later');
      else response.end('the list');
    });
    const { get } = await fetching({ limits: { retries: 1, rateMs: 200 } });
    expect(textOf(await get(url))).toBe('the list');
  });

  it('keeps the system error as its cause when nobody answers', async () => {
    const url = await serve(() => undefined);
    const { get } = await fetching();
    const closed = url.replace(/\d+$/, '1');
    await expect(get(closed)).rejects.toMatchObject({ code: 'DOCUMENT_UNREACHABLE', cause: { code: 'ECONNREFUSED' } });
  });

  it('breaks off', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000', etag: '"1"' });
      response.write('half', () => response.destroy());
    });
    const { get } = await fetching();
    await expect(get(url)).rejects.toMatchObject({ code: 'DOCUMENT_UNREACHABLE' });
  });

  it('ends with its signal', async () => {
    const reason = new Error('enough');
    const aborter = new AbortController();
    const url = await serve(() => {
      aborter.abort(reason);
    });
    const { get } = await fetching();
    await expect(get(url, { signal: aborter.signal })).rejects.toBe(reason);
  });
});

describe('what is too much', () => {
  const endless: Answerer = (_, response) => {
    const chunk = Buffer.alloc(65_536, 'x');
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
  };

  it('is cut off when it says so, and when it does not', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/endless') endless(request, response);
      else response.writeHead(200, { 'content-length': '1001' }).end('x'.repeat(1001));
    });
    const { get } = await fetching();
    await expect(get(url, { maxBytes: 1000 })).rejects.toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
    await expect(get(`${url}/endless`)).rejects.toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
    expect(textOf(await get(url, { maxBytes: 1001 }))).toHaveLength(1001);
  });

  it('is cut off when it is small and unpacks to much, and when it is much and unpacks to nothing', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    // Empty stored blocks of deflate (RFC 1951, 3.2.4).
    const hollow = Buffer.concat(Array.from({ length: 13_000 }, () => Buffer.from([0, 0, 0, 0xff, 0xff])));
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      if (request.url === '/bomb') return void response.end(bomb);
      response.write(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]));
      const more = (): void => {
        while (!response.destroyed && response.write(hollow));
      };
      response.on('drain', more);
      more();
    });
    const { get } = await fetching();
    await expect(get(`${url}/bomb`)).rejects.toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
    await expect(get(`${url}/hollow`)).rejects.toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
  });
});

describe('what is too slow', () => {
  it('is given up when the head does not come, the body drips, or all of it takes too long', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/silent') return;
      response.writeHead(200, { 'content-length': '100000' });
      const timer = setInterval(() => response.write(request.url === '/drips' ? 'x' : 'x'.repeat(500)), 20);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    const { get } = await fetching({ limits: { answerMs: 200, rateMs: 300, bytesPerSecond: 1024, wholeMs: 1500 } });
    await Promise.all(
      ['/silent', '/drips', '/steady'].map((path) =>
        expect(get(`${url}${path}`)).rejects.toMatchObject({ code: 'DOCUMENT_TOO_SLOW' }),
      ),
    );
  });
});
