/** Redirects, and what HTTPS is for. */
import { writeFile } from 'node:fs/promises';

import { describe, expect } from 'vitest';

import { makeCertificate } from '../servers/index.ts';
import { expectBytes, expectFailure, expectOneFile } from './expectations.ts';
import { it } from './stage.ts';

const MiB = 1024 * 1024;
const FAILED = { exitCode: 6, code: 'DOWNLOAD_ALL_MIRRORS_FAILED' } as const;

describe.concurrent('a redirect', () => {
  it('to itself is followed at most ten times', async ({ stage }) => {
    const server = await stage.serve({ kind: 'redirect-loop' });
    await expectFailure(stage, await stage.command(server), { ...FAILED, cause: /redirect/ });
    expect(server.requests.length).toBeLessThanOrEqual(11);
  });

  it.for(['file:///etc/hostname', 'ftp://127.0.0.1/image.iso', 'data:text/plain,hello', 'javascript:0', 'http://'])(
    'to %s is not followed',
    async (to, { stage }) => {
      const server = await stage.serve({ kind: 'redirect', to });
      await expectFailure(stage, await stage.command(server), { ...FAILED, cause: /redirect/ });
    },
  );

  it('to each of two mirrors in turn is followed, and the file is one', async ({ stage }) => {
    const first = await stage.serve({ kind: 'drop', after: 1.5 * MiB });
    const second = await stage.serve({ kind: 'drop', after: 1.5 * MiB }, { address: '127.0.0.2' });
    const turning = await stage.serve({ kind: 'redirect-in-turn', to: [first.file, second.file] });
    await expectBytes(stage, await stage.command(turning));
    await stage.clear();
    await expectOneFile(stage, await stage.command(turning, { sha256: null }), [stage.content], /./);
  });

  it('to each of two mirrors that differ in turn does not mix them', async ({ stage }) => {
    const first = await stage.serve({ kind: 'drop', after: 1.5 * MiB });
    const options = { address: '127.0.0.2', content: stage.other };
    const second = await stage.serve({ kind: 'drop', after: 1.5 * MiB }, options);
    const turning = await stage.serve({ kind: 'redirect-in-turn', to: [first.file, second.file] });
    const outcome = await stage.command(turning, { sha256: null });
    await expectOneFile(stage, outcome, [stage.content, stage.other], /./);
  });

  it('to another server does not take credentials there', async ({ stage }) => {
    const second = await stage.serve([], { address: '127.0.0.2' });
    const first = await stage.serve({ kind: 'redirect', to: second.file });
    await expectBytes(stage, await stage.command(first.file.replace('http://', 'http://user:secret@')));
    expect(first.requests[0]?.headers['authorization']).toMatch(/^Basic /);
    expect(second.requests.flatMap(({ headers }) => headers['authorization'] ?? [])).toEqual([]);
  });

  it('never tells credentials and tokens', async ({ stage }) => {
    const server = await stage.serve({ kind: 'status', status: 404 });
    const url = `${server.file.replace('http://', 'http://user:secret@')}?token=secret`;
    const outcome = await stage.command(url);
    await expectFailure(stage, outcome, { ...FAILED, cause: /404/ });
    expect(outcome.message).not.toContain('secret');
  });
});

describe.concurrent('HTTPS', () => {
  it('with a certificate that nobody trusts ends before anything is asked', async ({ stage }) => {
    const server = await stage.serve([], { certificate: await makeCertificate(['127.0.0.1']) });
    await expectFailure(stage, await stage.command(server), { ...FAILED, cause: /certificate/ });
    expect(server.requests).toEqual([]);
  });

  it('with a trusted certificate works, and not for another host', async ({ stage }) => {
    const certificate = await makeCertificate(['127.0.0.1']);
    const ca = `${stage.folder}/ca.pem`;
    await writeFile(ca, certificate.cert);
    const env = { NODE_EXTRA_CA_CERTS: ca };
    const elsewhere = await stage.serve([], { certificate, address: '127.0.0.2' });
    await expectFailure(stage, await stage.command(elsewhere, { env }), { ...FAILED, cause: /certificate|altname/i });
    await expectBytes(stage, await stage.command(await stage.serve([], { certificate }), { env }));
  });

  it('is not left for HTTP by a redirect', async ({ stage }) => {
    const certificate = await makeCertificate(['127.0.0.1']);
    const ca = `${stage.folder}/ca.pem`;
    await writeFile(ca, certificate.cert);
    const plain = await stage.serve();
    const secure = await stage.serve({ kind: 'redirect', to: plain.file }, { certificate });
    const outcome = await stage.command(secure, { env: { NODE_EXTRA_CA_CERTS: ca } });
    await expectFailure(stage, outcome, { ...FAILED, cause: /https to http/ });
    expect(plain.requests).toEqual([]);
  });
});
