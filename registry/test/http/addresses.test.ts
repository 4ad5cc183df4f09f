import { describe, expect, it } from 'vitest';

import { originRewrite } from '../../src/http/origins.ts';
import { proxyFor } from '../../src/http/proxies.ts';
import { isSecure } from '../../src/http/secure-address.ts';
import { fetching, serve, textOf } from './support.ts';

describe('an address', () => {
  it.each([
    ['https://one.example/', true],
    ['http://one.example/', false],
    ['http://127.0.0.1:80/', true],
    ['http://[::1]/', true],
    ['http://localhost/', true],
    ['http://a.localhost/', true],
    ['http://127.0.0.1.evil.example/', false],
    ['http://notlocalhost/', false],
    ['http://128.0.0.1/', false],
  ])('%s is secure: %s', (url, secure) => {
    expect(isSecure(new URL(url))).toBe(secure);
  });

  it('is one below the copy of its host, where there is one', () => {
    const rewrite = originRewrite({ 'vendor.example': 'https://copy.example/vendor', 'b.example:8080': 'http://c/' });
    const to = (url: string): string | undefined => rewrite(new URL(url))?.href;
    expect(to('https://vendor.example/a/b?c')).toBe('https://copy.example/vendor/a/b?c');
    expect(to('http://b.example:8080/x')).toBe('http://c/x');
    expect(to('http://b.example/x')).toBeUndefined();
    expect(to('https://constructor/x')).toBeUndefined();
  });
});

describe('a proxy', () => {
  const env = {
    http_proxy: 'http://p:1',
    HTTPS_PROXY: 'http://q:2',
    no_proxy: 'one.example, .two.example,three.example:8080',
  };

  it.each([
    ['http://x.example/', 'http://p:1'],
    ['https://x.example/', 'http://q:2'],
    ['https://one.example/', undefined],
    ['https://sub.one.example/', undefined],
    ['https://notone.example/', 'http://q:2'],
    ['https://sub.two.example/', undefined],
    ['http://three.example:8080/', undefined],
    ['http://three.example/', 'http://p:1'],
    ['http://127.0.0.1/', undefined],
  ])('for %s is %s', (url, proxy) => {
    expect(proxyFor(new URL(url), env)).toBe(proxy);
  });

  it('is for no host at all with a star, and for https too when there is only one', () => {
    expect(proxyFor(new URL('https://x.example/'), { ...env, no_proxy: '*' })).toBeUndefined();
    expect(proxyFor(new URL('https://x.example/'), { http_proxy: 'http://p:1' })).toBe('http://p:1');
    expect(proxyFor(new URL('https://x.example/'), {})).toBeUndefined();
  });

  it('does not let anybody elsewhere lead to this machine', async () => {
    let reached = false;
    const here = await serve((_, response) => {
      reached = true;
      response.end('secret');
    });
    const proxy = await serve((_, response) => response.writeHead(302, { location: here }).end());
    const { get } = await fetching({ env: { http_proxy: proxy } });
    await expect(get('http://vendor.example/list')).rejects.toMatchObject({ code: 'DOCUMENT_UNREACHABLE' });
    expect(reached).toBe(false);
  });

  it('gets the requests', async () => {
    const proxy = await serve((request, response) => response.end(`proxied ${request.url ?? ''}`));
    const { get } = await fetching({ env: { http_proxy: proxy } });
    const document = await get('http://vendor.example/list');
    expect(textOf(document)).toBe('proxied http://vendor.example/list');
    expect(document.secure).toBe(false);
  });
});
