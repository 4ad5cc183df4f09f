import { expect, onTestFinished, test } from 'vitest';

import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import type { BootloaderRequest, MirrorCandidate, RangeRequest, Transport } from '../../src/engine/hooks.ts';
import { createMemoryIso } from '../../src/recipe/memory-iso.ts';
import { never, temporaryFolder } from '../engine/support.ts';
import { engineWith, rankingRequest, strategy } from './support.ts';

const CANDIDATES: MirrorCandidate[] = ['a', 'b', 'c'].map((name, position) => ({
  url: `https://${name}.example/any.iso`,
  mirror: `https://${name}.example:443`,
  position,
  sources: ['catalog'],
  ...(name === 'a'
    ? {
        history: {
          outcomes: { success: 1, timeout: 0, 'http-error': 0, reset: 0, stale: 0, corrupt: 0 },
          lastUsed: new Date(5000),
        },
      }
    : {}),
}));
test('a strategy sees what it would see in the engine’s process', async () => {
  const { engine, warnings } = await engineWith([
    strategy(
      'wise',
      `return candidates.toReversed().map(({ url, history }) => ({ url, expected: history?.lastUsed.getTime(),
         reason: [request.now.getTime(), request.remaining, request.place.country, request.signal.aborted, typeof request.probe].join() }));`,
    ),
  ]);

  const wise = await engine.mirrorStrategy('wise');
  expect(wise).toMatchObject({ name: 'wise', description: 'one of its own', pluginId: 'wise' });
  expect(await wise.rank(CANDIDATES, rankingRequest())).toEqual([
    { url: 'https://c.example/any.iso', reason: '7000,,de,false,undefined' },
    { url: 'https://b.example/any.iso', reason: '7000,,de,false,undefined' },
    { url: 'https://a.example/any.iso', reason: '7000,,de,false,undefined', expected: 5000 },
  ]);
  expect(engine.plugins).toMatchObject([{ state: 'loaded', trust: 'unsigned' }]);
  expect(warnings).toEqual([]);
});

test('a list of files counts as one wherever its paths part', async () => {
  const granted = [['/opt/any'], ['/zz/any', '/etc/any'], ['/cellar/any']];
  const { engine, warnings } = await engineWith(
    granted.map((paths, position) => ({ ...strategy(`s${position}`, 'return candidates;'), permissions: { paths } })),
  );

  for (const position of granted.keys()) {
    expect(await (await engine.mirrorStrategy(`s${position}`)).rank([], rankingRequest())).toEqual([]);
  }
  expect(warnings).toEqual([]);
});

test('a strategy’s chance is that of the engine, and its probes are the engine’s', async () => {
  const { engine } = await engineWith([
    strategy(
      'lucky',
      `const { state } = await request.probe(candidates[0].url, { bytes: 1, ms: 1 });
       const other = await request.probe('https://elsewhere.example/', { bytes: 1, ms: 1 }).then(() => 'asked', () => 'refused');
       return [{ url: candidates[0].url, reason: [state, other, request.random(), request.random()].join(' ') }];`,
    ),
  ]);
  const asked: string[] = [];
  const probe: NonNullable<ReturnType<typeof rankingRequest>['probe']> = async (url) => {
    asked.push(url);
    return { url, state: 'current', bytes: 1 };
  };
  const lucky = await engine.mirrorStrategy('lucky');
  const reason = async (random: () => number): Promise<string | undefined> =>
    (await lucky.rank(CANDIDATES, rankingRequest({ probe, random })))[0]?.reason;
  const first = await reason(() => 0.25);
  expect(first).toMatch(/^current refused 0\.\d+ 0\.\d+$/);
  expect(await reason(() => 0.25)).toBe(first);
  expect(await reason(() => 0.75)).not.toBe(first);
  expect(new Set(asked)).toEqual(new Set([CANDIDATES[0]?.url]));
});

test('a recipe comes before those that came with the program, unless it says otherwise', async () => {
  const recipe = (name: string, options = '{}'): string =>
    `to.recipe({ name: '${name}', recognise: async () => ({ title: '${name}' }) }, ${options});`;
  const kinds = ['recipe@1'];
  const asked: string[] = [];
  const { engine } = await engineWith([
    { id: 'last', kinds, register: recipe('last', '{ order: 100 }') },
    { id: 'first', kinds, register: recipe('first') },
  ]);
  engine.own.recipe({ name: 'family', recognise: async () => ({ title: 'family' }) });
  const iso = createMemoryIso('ANY', {});
  await engine.recognise(iso, never(), (answer) => {
    asked.push(answer.recipe);
    return false;
  });
  expect(asked).toEqual(['first', 'family', 'last']);
});

test('a recipe looks into an ISO', async () => {
  const { engine, warnings } = await engineWith([
    {
      id: 'knows',
      kinds: ['recipe@1'],
      register: `to.recipe({ name: 'knows', async recognise(iso, { signal }) {
        const missing = await iso.read('/none', { signal }).catch(({ code }) => code);
        return { title: await iso.read('/a/b', { signal }), seen: [iso.label, iso.size, iso.has('/a'), iso.has('/a/b'), iso.list('/a'), missing] };
      } });`,
    },
  ]);
  const iso = createMemoryIso('LABEL', { '/a/b': 'text', '/c': 'd' });
  expect(await engine.recognise(iso, never())).toMatchObject({
    pluginId: 'knows',
    recognition: { title: 'text', seen: ['LABEL', 5, false, true, ['/a/b'], 'ISO_FILE_MISSING'] },
  });
  expect(warnings).toEqual([]);
});

test('lists of mirrors and life cycle', async () => {
  const { engine, warnings } = await engineWith([
    {
      id: 'both',
      kinds: ['mirror-list@1', 'lifecycle@1'],
      register: `
        to.mirrorList({ name: 'l', distributions: ['any'], lists: (image) => [{ format: 'metalink', url: 'https://x.example/' + image.file }] });
        to.lifecycle('beforeApply', 'policy', async ({ subject, refuse }) => { if (subject.target === 'mine') refuse('not this one'); });`,
    },
  ]);
  const image = {
    ...{ id: 'any/1/x/y', distribution: 'any', version: '1' },
    ...{ variant: 'x', arch: 'y', file: 'f', urls: [] },
  };
  expect(await engine.mirrorLists(image, never())).toEqual([
    { source: 'l', lists: [{ format: 'metalink', url: 'https://x.example/f' }] },
  ]);
  await engine.notify('beforeApply', { target: 'other' }, never());
  await expect(engine.notify('beforeApply', { target: 'mine' }, never())).rejects.toMatchObject({
    code: 'PLUGIN_REFUSED',
    message: expect.stringContaining('not this one') as string,
  });
  expect(warnings).toEqual([]);
});

test('a catalog source reads through the engine, and gets the engine’s own errors', async () => {
  const { engine } = await engineWith([
    {
      id: 'source',
      kinds: ['catalog-source@1'],
      register: `to.catalogSource({ name: 's', layer: 'upstream', async read(request) {
        const { body, retrievedAt } = await request.fetch('https://x.example/list', { maxBytes: 100 });
        request.advise({ refreshMinutes: 5, expires: new Date(9000) });
        if (body.length === 0) await request.fetchFirst('https://x.example/none');
        return { text: Buffer.from(body).toString(), at: retrievedAt, now: request.now };
      } });`,
    },
  ]);
  const read = async (body: Uint8Array) => {
    const advised: unknown[] = [];
    const cause = new Error('of the engine');
    const outcomes = await engine.readCatalogSources({
      ...{ signal: never(), load: true, wants: () => true },
      request: (_, __, signal) => ({
        ...{ signal, now: new Date(1000), vouch: () => undefined },
        fetch: async (url) => ({ body, url, secure: true, retrievedAt: new Date(2000), confirmed: false }),
        fetchFirst: () => Promise.reject(cause),
        fetchSigned: () => Promise.reject(cause),
        advise: (each) => advised.push(each),
      }),
    });
    return { advised, cause, outcome: outcomes[0] };
  };
  const { advised, outcome } = await read(Buffer.from('list'));
  expect(outcome).toMatchObject({
    pluginId: 'source',
    document: { text: 'list', at: new Date(2000), now: new Date(1000) },
  });
  expect(advised).toEqual([{ refreshMinutes: 5, expires: new Date(9000) }]);
  const failed = await read(Buffer.alloc(0));
  expect(failed.outcome?.error).toMatchObject({ cause: failed.cause });
});

/** A transport that makes the bytes up, `slowly`, and says how much of a body it has made. */
const MAKER = `to.transport({ name: 'made', schemes: ['made'], async open({ url, start, end }) {
  if (url === 'made:404') throw Object.assign(new Error('it is gone'), { code: 'DOWNLOAD_HTTP_STATUS', cause: { status: 404 } });
  let made = 0;
  async function* body() { for (let at = start; at < end; at += 1000) { made++; yield [new Uint8Array(Math.min(1000, end - at)).fill(made)]; } }
  const moved = url === 'made:moved' ? 'made:elsewhere' : url;
  return { start, end, total: 10000, validators: { etag: '"1"' }, address: moved, mediaType: undefined, fileName: undefined, digests: {}, body: body() };
} });`;

async function maker(): Promise<Transport> {
  const { engine } = await engineWith([{ id: 'maker', kinds: ['transport@1'], register: MAKER }]);
  return engine.transport('made:x');
}
const range = (url: string, more: Partial<RangeRequest> = {}): RangeRequest => ({
  url,
  start: 500,
  end: 9000,
  signal: never(),
  ...more,
});

test('a transport’s body comes over whole and in order', async () => {
  const { body, ...answer } = await (await maker()).open(range('made:x'));
  expect(answer).toMatchObject({
    start: 500,
    end: 9000,
    total: 10_000,
    validators: { etag: '"1"' },
    address: 'made:x',
  });
  const pieces: Uint8Array[] = [];
  for await (const batch of body) pieces.push(...batch);
  const all = Buffer.concat(pieces);
  expect([all.length, all[0], all[999], all[1000], all.at(-1)]).toEqual([8500, 1, 1, 2, 9]);
});

test('a transport’s errors keep the code and the facts that decide what is tried next', async () => {
  const made = await maker();
  await expect(made.open(range('made:404'))).rejects.toMatchObject({
    ...{ code: 'DOWNLOAD_HTTP_STATUS', pluginId: 'maker', cause: { status: 404 } },
  });
  await expect(made.open(range('made:moved', { mayFollow: () => false }))).rejects.toMatchObject({
    code: 'DOWNLOAD_REDIRECT',
  });
});

test('a body that nobody wants any more ends', async () => {
  const made = await maker();
  const controller = new AbortController();
  const { body } = await made.open(range('made:x', { end: 1e12, signal: controller.signal }));
  const reading = (async () => {
    for await (const _ of body) controller.abort(new Error('enough'));
  })();
  await expect(reading).rejects.toThrow('enough');
  const { body: another } = await made.open(range('made:x', { end: 2500 }));
  let length = 0;
  for await (const batch of another) length += Buffer.concat(batch).length;
  expect(length).toBe(2000);
});

test('a transport reaches the hosts that were granted, by itself, and no others', async () => {
  const server = createServer((_, response) => response.end('served'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { engine } = await engineWith([
    {
      id: 'net',
      kinds: ['transport@1'],
      permissions: { hosts: ['localhost'] },
      head: `import { get } from 'node:http';`,
      register: `to.transport({ name: 'net', schemes: ['web'], async open({ url, start }) {
        const address = url.replace('web:', 'http:');
        const text = address.endsWith('fetch') ? await (await fetch(address).catch(({ cause }) => { throw cause; })).text()
          : await new Promise((resolve, reject) => { get(address, async (answer) => resolve(Buffer.concat(await answer.toArray()))).on('error', reject); });
        return { start, validators: {}, address: url, digests: {}, body: (async function* () { yield [Buffer.from(text)]; })() };
      } });`,
    },
  ]);
  const net = await engine.transport('web:x');
  for (const path of ['get', 'fetch']) {
    const { body } = await net.open(range(`web://localhost:${port}/${path}`));
    for await (const batch of body) expect(Buffer.concat(batch).toString()).toBe('served');
    await expect(net.open(range(`web://127.0.0.1:${port}/${path}`))).rejects.toMatchObject({
      code: 'PLUGIN_HOST_DENIED',
    });
  }
});

test('a bootloader writes to its folder only, and runs what it was granted', async () => {
  const granted = await temporaryFolder();
  await writeFile(join(granted, 'boot.img'), 'code');
  const { engine, home } = await engineWith([
    {
      id: 'boot',
      kinds: ['bootloader@1'],
      permissions: { programs: ['cat'], paths: [granted] },
      head: `import fs from 'node:fs';`,
      register: `to.bootloader({ name: 'boot', description: 'd', async plan({ workDirectory, runner, items, signal }) {
        const tries = { no: async () => undefined, write: async () => fs.writeFileSync(workDirectory + '/../out', ''),
          sh: () => runner.run('sh', ['-c', 'id'], { signal }), path: () => runner.run(workDirectory + '/cat', [], { signal }),
          cwd: () => runner.run('cat', [], { cwd: '/', signal }) };
        await tries[items[0].title]();
        fs.writeFileSync(workDirectory + '/menu', 'menu of ' + items[0].id);
        const { stdout } = await runner.run('cat', ['menu'], { cwd: workDirectory, signal });
        const bytes = await runner.stream('cat', ['-'], { input: 'x', signal }, async (output) => Buffer.concat(await output.toArray()));
        return { firmwares: ['bios'], espFiles: new Map([['m', Buffer.from(stdout)]]), bios: { bootCode: fs.readFileSync('${granted}/boot.img'), embedded: bytes } };
      } });`,
    },
  ]);
  const workDirectory = join(home, 'work');
  await mkdir(workDirectory);
  const boot = await engine.bootloader('boot');
  const plan = async (title: string) =>
    boot.plan({
      ...{ items: [{ id: 'one', title, isoPath: '/x.iso', entry: {} }], stick: { id: 's', title: 't' } },
      ...{ data: { filesystem: 'ext4', uuid: 'u' }, esp: { uuid: 'e' }, biosBoot: { start: 1, sectors: 2 } },
      ...{ workDirectory, runner: engine.context.runner, signal: never() },
    } as unknown as BootloaderRequest);
  const { espFiles, bios } = await plan('no');
  expect(Buffer.from(espFiles.get('m') ?? []).toString()).toBe('menu of one');
  expect(Buffer.from(bios?.bootCode ?? []).toString()).toBe('code');
  await expect(plan('write')).rejects.toMatchObject({ code: 'PLUGIN_FILE_DENIED' });
  await expect(plan('sh')).rejects.toMatchObject({ code: 'PLUGIN_PROGRAM_DENIED' });
  await expect(plan('path')).rejects.toMatchObject({ code: 'PLUGIN_PROGRAM_DENIED' });
  await expect(plan('cwd')).rejects.toMatchObject({ code: 'PLUGIN_FILE_DENIED' });
});
