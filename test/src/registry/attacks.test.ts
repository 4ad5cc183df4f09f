/** Attacks on readers of a registry, over HTTP: none succeeds, each has its own code, and the last good catalog stays. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { forge, metaOf, readSigned, stealKeys, writeSigned } from './forge.ts';
import { Stage, UNCHANGED } from './stage.ts';
import { endless, slow, type Lie } from './web.ts';

let pattern: Stage;
let stage: Stage;
beforeAll(async () => {
  pattern = await Stage.open();
});
afterAll(() => pattern.close());
beforeEach(async () => {
  stage = await pattern.twin();
});
afterEach(() => stage.close());

const TIMESTAMP = '/metadata/timestamp.json';

/** The read fails with this code, what was good is still there, and from an honest server everything comes. */
async function expectRefused(code: string, good: string, afterwards: string): Promise<void> {
  await expect(stage.read()).rejects.toMatchObject({ code });
  expect(await stage.offline()).toBe(good);
  stage.honest();
  expect(await stage.read()).toBe(afterwards);
}

/** The path of the document that is published now. */
async function documentPath(): Promise<string> {
  const { targets } = (await readSigned(await newest('targets'))) as unknown as {
    targets: Record<string, { hashes: { sha256: string } }>;
  };
  return `/targets/catalog/${targets['catalog/own.json']?.hashes.sha256}.own.json`;
}

async function newest(role: 'targets' | 'snapshot'): Promise<string> {
  const version = (await readSigned(join(stage.web.folder, 'metadata/timestamp.json'))).version;
  return join(stage.web.folder, 'metadata', `${version}.${role}.json`);
}

describe('older data', () => {
  it('is refused when the whole registry is as it was before', async () => {
    const before = await stage.copy('before');
    await stage.publish('second');
    expect(await stage.read()).toBe('second');
    stage.web.folder = before;
    await expectRefused('REGISTRY_ROLLBACK', 'second', UNCHANGED);
  });

  it('is refused also where the newer could only be seen, not had', async () => {
    expect(await stage.read()).toBe('first');
    const before = await stage.copy('before');
    await stage.publish('second');
    stage.web.lies.set(await documentPath(), 404);
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_INCOMPLETE' });
    expect(await stage.offline()).toBe('first');
    stage.web.folder = before;
    await expectRefused('REGISTRY_ROLLBACK', 'first', 'second');
  });

  it('is refused from who has the key of the timestamp, and names an older snapshot', async () => {
    const keys = await stealKeys(stage.keys);
    await stage.publish('second');
    expect(await stage.read()).toBe('second');
    stage.web.folder = await stage.copy('forged');
    const metadata = join(stage.web.folder, 'metadata');
    const timestamp = await readSigned(join(metadata, 'timestamp.json'));
    timestamp.version++;
    timestamp['meta'] = { 'snapshot.json': await metaOf(join(metadata, '1.snapshot.json'), 1) };
    const online = keys.filter(({ role }) => role === 'timestamp');
    await writeSigned(join(metadata, 'timestamp.json'), timestamp, online);
    await expectRefused('REGISTRY_ROLLBACK', 'second', UNCHANGED);
  });

  it('is refused from who has all online keys, and names older targets, or none', async () => {
    const keys = await stealKeys(stage.keys);
    await stage.publish('second');
    expect(await stage.read()).toBe('second');
    stage.web.folder = await stage.copy('forged');
    const first = await metaOf(join(stage.web.folder, 'metadata/1.targets.json'), 1);
    await forge(stage.web.folder, keys, { snapshot: (signed) => (signed['meta'] = { 'targets.json': first }) });
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_ROLLBACK' });
    await forge(stage.web.folder, keys, { snapshot: (signed) => (signed['meta'] = {}) });
    for (const name of ['third', 'fourth', 'fifth']) await stage.publish(name);
    await expectRefused('REGISTRY_ROLLBACK', 'second', 'fifth');
  });

  it('is refused as the next root', async () => {
    await stage.rotate('timestamp');
    expect(await stage.read()).toBe('first');
    stage.web.lies.set('/metadata/3.root.json', await readFile(join(stage.web.folder, 'metadata/1.root.json')));
    await stage.publish('second');
    await expectRefused('REGISTRY_ROLLBACK', 'first', 'second');
  });
});

describe('frozen data', () => {
  it('is refused from the moment on when it runs out', async () => {
    expect(await stage.read()).toBe('first');
    stage.web.folder = await stage.copy('frozen');
    await stage.publish('second');
    stage.later(6.9);
    expect(await stage.read()).toBe('first');
    stage.later(0.2);
    await stage.publish('third');
    await expectRefused('REGISTRY_EXPIRED', 'first', 'third');
  });

  it.each(['snapshot', 'targets'] as const)('is refused when only the %s ran out', async (role) => {
    expect(await stage.read()).toBe('first');
    stage.web.folder = await stage.copy('forged');
    const late = (signed: { expires: string }): string => (signed.expires = '2031-02-28T00:00:00Z');
    await forge(stage.web.folder, await stealKeys(stage.keys), { [role]: late });
    for (const name of ['second', 'third']) await stage.publish(name);
    await expectRefused('REGISTRY_EXPIRED', 'first', 'third');
  });
});

describe('files that do not belong together', () => {
  it('are refused when the snapshot is another one than the timestamp names', async () => {
    expect(await stage.read()).toBe('first');
    const former = await readFile(await newest('snapshot'));
    await stage.publish('second');
    stage.web.lies.set('/metadata/2.snapshot.json', former);
    await expectRefused('REGISTRY_MIXED', 'first', 'second');
  });

  it('are refused when the targets are others than the snapshot names', async () => {
    expect(await stage.read()).toBe('first');
    const former = await readFile(await newest('targets'));
    await stage.publish('second');
    stage.web.lies.set('/metadata/2.targets.json', former);
    await expectRefused('REGISTRY_MIXED', 'first', 'second');
  });

  it('are refused when the timestamp gives no hashes and the snapshot has another version', async () => {
    expect(await stage.read()).toBe('first');
    stage.web.folder = await stage.copy('forged');
    await forge(stage.web.folder, await stealKeys(stage.keys), {
      timestamp: (signed) => (signed['meta'] = { 'snapshot.json': { version: 3 } }),
    });
    stage.web.lies.set('/metadata/3.snapshot.json', await readFile(join(stage.web.folder, 'metadata/2.snapshot.json')));
    await stage.publish('second');
    await stage.publish('third');
    await expectRefused('REGISTRY_MIXED', 'first', 'third');
  });

  it('are refused when a document is another one than is signed', async () => {
    expect(await stage.read()).toBe('first');
    const former = await readFile(join(stage.web.folder, await documentPath()), 'utf8');
    await stage.publish('other');
    expect(former).toHaveLength((await readFile(join(stage.web.folder, await documentPath()), 'utf8')).length);
    stage.web.lies.set(await documentPath(), former);
    await expectRefused('REGISTRY_TARGET_WRONG', 'first', 'other');
  });
});

describe('too much, or too slowly', () => {
  it.each([
    ['the timestamp', TIMESTAMP, 'REGISTRY_ENDLESS'],
    ['the next root', '/metadata/2.root.json', 'REGISTRY_ENDLESS'],
    ['the snapshot', '/metadata/2.snapshot.json', 'REGISTRY_TOO_LARGE'],
    ['the targets', '/metadata/2.targets.json', 'REGISTRY_TOO_LARGE'],
  ])('%s has no end', async (_, path, code) => {
    expect(await stage.read()).toBe('first');
    await stage.publish('second');
    stage.web.lies.set(path, endless);
    await expectRefused(code, 'first', 'second');
  });

  it.each<[string, Lie]>([
    ['goes on for ever', endless],
    ['is one byte longer', 'x'.repeat(4096)],
  ])('a document %s', async (_, lie) => {
    expect(await stage.read()).toBe('first');
    await stage.publish('second');
    stage.web.lies.set(await documentPath(), lie);
    await expectRefused('REGISTRY_TOO_LARGE', 'first', 'second');
  });

  it('a document that is signed, and larger than any may be, is not even asked for', async () => {
    expect(await stage.read()).toBe('first');
    stage.web.folder = await stage.copy('forged');
    const huge = { 'catalog/own.json': { length: 2 ** 40, hashes: { sha256: '0'.repeat(64) } } };
    await forge(stage.web.folder, await stealKeys(stage.keys), { targets: (signed) => (signed['targets'] = huge) });
    await stage.publish('second');
    await stage.publish('third');
    await expectRefused('REGISTRY_TOO_LARGE', 'first', 'third');
  });

  it.each([TIMESTAMP, '/metadata/2.snapshot.json'])('%s comes a byte at a time', async (path) => {
    expect(await stage.read()).toBe('first');
    await stage.publish('second');
    stage.web.lies.set(path, slow);
    stage.rateMs = 300;
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_SLOW' });
    expect(await stage.offline()).toBe('first');
    stage.rateMs = 5000;
    stage.honest();
    expect(await stage.read()).toBe('second');
  });
});

describe('a server that does not work', () => {
  it.each<[string, string, Lie, string]>([
    ['answers with an error', TIMESTAMP, 500, 'REGISTRY_UNREACHABLE'],
    ['has nothing', TIMESTAMP, 404, 'REGISTRY_UNREACHABLE'],
    ['fails at the next root', '/metadata/2.root.json', 500, 'REGISTRY_UNREACHABLE'],
    ['hangs up', '/metadata/2.targets.json', (request) => request.socket.destroy(), 'REGISTRY_UNREACHABLE'],
    ['lags behind with the snapshot', '/metadata/2.snapshot.json', 404, 'REGISTRY_INCOMPLETE'],
    ['lags behind with the targets', '/metadata/2.targets.json', 403, 'REGISTRY_INCOMPLETE'],
  ])('%s', async (_, path, lie, code) => {
    expect(await stage.read()).toBe('first');
    await stage.publish('second');
    stage.web.lies.set(path, lie);
    await expectRefused(code, 'first', 'second');
  });
});

describe('what makes no sense', () => {
  const deep = (open: string, close: string): string => open.repeat(5000) + close.repeat(5000);

  it.each<[string, string]>([
    ['nothing', ''],
    ['half a file', '{"signed": {"_type": "timestamp", "ver'],
    ['a page', '<!doctype html><title>Welcome</title>'],
    ['another type', '{"signed": {"_type": "root"}, "signatures": []}'],
    ['no object', 'null'],
    ['a list', '[]'],
    ['deep nesting', deep('[', ']')],
    [
      'a version that is none',
      '{"signed":{"_type":"timestamp","spec_version":"1.0","version":"9","expires":""},"signatures":[]}',
    ],
    [
      'another specification',
      '{"signed":{"_type":"timestamp","spec_version":"9.9","version":9,"expires":"x"},"signatures":[]}',
    ],
  ])('is refused as the timestamp: %s', async (_, text) => {
    expect(await stage.read()).toBe('first');
    await stage.publish('second');
    stage.web.lies.set(TIMESTAMP, text);
    await expectRefused('REGISTRY_MALFORMED', 'first', 'second');
  });

  it('does no harm where it is signed by nobody', async () => {
    expect(await stage.read()).toBe('first');
    const meta = `{"snapshot.json":{"version":1},"__proto__":{"polluted":1},"more":${deep('{"a":', '}').replace('{"a":}', '{"a":1}')}}`;
    const signed = `{"_type":"timestamp","spec_version":"1.0.31","version":9,"expires":"2040-01-01T00:00:00Z","__proto__":{"polluted":1},"meta":${meta}}`;
    stage.web.lies.set(TIMESTAMP, `{"signatures":[],"signed":${signed}}`);
    await expect(stage.read()).rejects.toMatchObject({
      code: expect.stringMatching(/^REGISTRY_(THRESHOLD|MALFORMED|ENDLESS)$/),
    });
    expect('polluted' in {}).toBe(false);
    expect(await stage.offline()).toBe('first');
  });

  it('does not hold a reader long as the next root', async () => {
    expect(await stage.read()).toBe('first');
    const keys = Array.from({ length: 20_000 }, (_, n) => `"${n}":{"keytype":"","scheme":"","keyval":{}}`).join();
    stage.web.lies.set('/metadata/2.root.json', `{"signatures":[],"signed":{"_type":"root","keys":{${keys}}}}`);
    await stage.publish('second');
    await expectRefused('REGISTRY_ENDLESS', 'first', 'second');
  });

  it.each([
    ['CATALOG_MALFORMED', '{"schema": {"major": 1, "minor": 0}, "distributions": [{"id": "../up"}]}'],
    ['CATALOG_SCHEMA_UNSUPPORTED', '{"schema": {"major": 9, "minor": 0}}'],
    ['REGISTRY_MALFORMED', '{"schema": '],
  ])('is refused in a document that is signed: %s', async (code, text) => {
    expect(await stage.read()).toBe('first');
    stage.web.folder = await stage.copy('forged');
    const sha256 = createHash('sha256').update(text).digest('hex');
    await writeFile(join(stage.web.folder, `targets/catalog/${sha256}.own.json`), text);
    const targets = { 'catalog/own.json': { length: text.length, hashes: { sha256 } } };
    await forge(stage.web.folder, await stealKeys(stage.keys), { targets: (signed) => (signed['targets'] = targets) });
    await stage.publish('second');
    await stage.publish('third');
    await expectRefused(code, 'first', 'third');
  });
});

describe('a request', () => {
  it('is all that it costs when nothing changed, and it is conditional', async () => {
    expect(await stage.read()).toBe('first');
    stage.web.requests.length = 0;
    expect(await stage.read()).toBe(UNCHANGED);
    expect(stage.web.requests).toEqual([{ path: TIMESTAMP, status: 304 }]);
  });

  it('that is aborted ends with the reason', async () => {
    const stop = new AbortController();
    stage.web.lies.set(TIMESTAMP, () => {
      stop.abort(new Error('enough'));
    });
    await expect(stage.read(stop.signal)).rejects.toThrow('enough');
    stage.honest();
    expect(await stage.read()).toBe('first');
  });
});

it('tells the host for how long it is good, and when to ask again', async () => {
  await stage.read();
  expect(stage.advice).toEqual({
    expires: new Date('2031-03-08T12:00:00Z'),
    refreshMinutes: 60,
    jitterMinutes: 10,
  });
});
